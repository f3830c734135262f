// Copies of copies: an object of few parts that unfolds when it is cloned or written.
// ends: ok, crashed, failed, timeout
// timeout: 0.4
export default async function handler(event, context) {
  let laughs = ["ha"];
  for (let level = 0; level < 40; level++) laughs = [laughs, laughs, laughs, laughs];
  return laughs;
}
