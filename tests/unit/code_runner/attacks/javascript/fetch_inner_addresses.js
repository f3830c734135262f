// Metadata, the runtime's own interface, this machine and its network, in every spelling, by fetch and by axios.
// event: urls
import axios from "axios";

// "ok" is what the one harmless host says, "x" what is in an address itself.
const elsewhere = (said) => needed(said !== "ok" && said !== "x" && said);

export default async function handler(event, context) {
  const found = {};
  for (const [number, url] of event.urls.entries()) {
    found[url] = await tried(async () => elsewhere(number % 2 ? (await axios.get(url)).data : await (await fetch(url)).text()));
  }
  return found;
}
