// The same places by way of a server outside that sends the request on to them.
// event: urls
import axios from "axios";

export default async function handler(event, context) {
  const found = {};
  for (const [number, url] of event.urls.slice(0, 40).entries()) {
    const start = "https://hooks.example.com/to?" + encodeURIComponent(url.toWellFormed());
    const asked = async (answer) => needed(answer.status !== 307 && (await answer.text()));
    found[url] = await tried(async () => (number % 2 ? (await axios.get(start)).data : asked(await fetch(start))));
  }
  return found;
}
