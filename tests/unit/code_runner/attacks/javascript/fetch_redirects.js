// The same places by way of a server outside that sends the request on to them.
// event: urls
import axios from "axios";

export default async function handler(event, context) {
  const found = {};
  for (const [number, url] of event.urls.slice(0, 40).entries()) {
    const start = "https://hooks.example.com/to?" + encodeURIComponent(url.toWellFormed());
    const elsewhere = (said) => needed(said !== "ok" && said !== "x" && said); // "ok" is what the one harmless host says
    found[url] = await tried(async () => elsewhere(number % 2 ? (await axios.get(start)).data : await (await fetch(start)).text()));
  }
  return found;
}
