// An answer in place of JSON: the word that says that memory is used up, half characters, frames.
// ends: ok, failed, crashed
export default function handler(event, context) {
  const words = ["memory", "\ud800", "\x05\0\0\0\x02\0\0\0\0{}", "", "sleep 1e999", "sleep NaN", "sleep -5"];
  JSON.stringify = () => words[0];
  return { words };
}
