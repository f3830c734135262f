// Three times the requests that a call may make, one after the other and all at a time.
// ends: ok, timeout
// requests: 50
export default async function handler(event, context) {
  const one = async () => { try { return (await (await fetch("https://hooks.example.com/")).text()) === "ok"; } catch { return false; } };
  let made = 0;
  for (let number = 0; number < 30; number++) made += await one();
  made += (await Promise.all(Array.from({ length: 120 }, one))).filter(Boolean).length;
  return { made: made === 50 ? "refused: after 50" : "got " + made };
}
