// A server that never answers holds the call longer than it may run.
// ends: ok, timeout
// timeout: 0.4
export default async function handler(event, context) {
  return { slow: (await Promise.all([1, 2, 3].map(() => tried(async () => (await fetch("https://hooks.example.com/slow")).text())))) };
}
