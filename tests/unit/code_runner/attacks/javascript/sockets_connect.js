// A connection to a server on the machine, by everything that makes one.
// native: net, http, fetch
const url = (event, scheme) => `${scheme}://127.0.0.1:${event.port}/`;

export default async function handler(event, context) {
  return {
    net: await tried(async () => { const net = await import("net"); return new Promise((found, failed) => { const made = net.connect(event.port, "127.0.0.1", () => { made.destroy(); found("connected"); }); made.on("error", failed); }); }),
    http: await tried(async () => { const http = await import("http"); return new Promise((found, failed) => http.get(url(event, "http"), (answer) => { answer.resume(); found(answer.statusCode); }).on("error", failed)); }),
    dgram: await tried(async () => needed((await import("dgram")).createSocket)),
    dns: await tried(async () => needed((await import("dns/promises")).lookup)),
    tls: await tried(async () => needed((await import("tls")).connect)),
    web: await tried(() => needed(new WebSocket(url(event, "ws")))),
    source: await tried(() => new EventSource(url(event, "http"))),
    xhr: await tried(() => new XMLHttpRequest().open("GET", url(event, "http"))),
    beacon: await tried(() => needed(navigator.sendBeacon(url(event, "https")))),
    deno: await tried(() => Deno.connect({ port: event.port })),
    fetch: await tried(async () => (await fetch(url(event, "http"))).text()),
    secure: await tried(async () => needed(event.inside) && (await fetch(url(event, "https"))).text()),
  };
}
