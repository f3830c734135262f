// Metadata, the runtime's own interface, this machine and its network, in every spelling, by fetch and by axios.
// event: urls
import axios from "axios";

export default async function handler(event, context) {
  const found = {};
  for (const [number, url] of event.urls.entries()) {
    found[url] = await tried(async () => (number % 2 ? (await axios.get(url)).data : (await fetch(url)).text()));
  }
  return found;
}
