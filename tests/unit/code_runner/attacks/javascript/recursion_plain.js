// Functions that call themselves, plain, in turn, and by construction.
// ends: ok, crashed, failed, timeout
// timeout: 1
export default async function handler(event, context) {
  const deeper = (n) => deeper(n + 1) + 1;
  const one = (n) => two(n + 1) + 1, two = (n) => one(n + 1) + 1;
  class Made { constructor() { this.more = new Made(); } }
  return {
    plain: await tried(() => deeper(0)),
    turns: await tried(() => one(0)),
    constructed: await tried(() => new Made()),
    spread: await tried(() => needed(Math.max(...new Array(1_000_000).fill(1)) === 2)),
    bound: await tried(() => { let call = () => 1; for (let i = 0; i < 50_000; i++) call = call.bind(null); return needed(call() === 2); }),
  };
}
