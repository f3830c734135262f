// A request within a request: another host, line breaks, lengths that lie. Where fetch drops a header and goes on, what
// arrives outside says whether it was dropped.
const PLACE = "https://hooks.example.com/";

export default async function handler(event, context) {
  const sent = (headers, more = {}, url = PLACE) => endured(async () => (await fetch(url, { headers, ...more })).text());
  return {
    host: await sent({ Host: "169.254.169.254" }),
    break: await sent([["X-A", "b\r\nHost: 169.254.169.254"]]),
    name: await sent([["X-A: b\r\nHost", "169.254.169.254"]]),
    length: await sent({ "Content-Length": "3" }, { method: "POST", body: "abcGET /second HTTP/1.1\r\n\r\n" }),
    transfer: await sent({ "Transfer-Encoding": "chunked" }, { method: "POST", body: "0\r\n\r\nGET /second HTTP/1.1\r\n\r\n" }),
    connection: await sent({ Connection: "upgrade", Upgrade: "h2c" }),
    proxy: await sent({ "Proxy-Authorization": "Basic eA==" }),
    connect: await sent({}, { method: "CONNECT" }),
    trace: await sent({}, { method: "TRACE" }),
    made: await sent({}, { method: "GET /second HTTP/1.1\r\nHost: x\r\n\r\nGET" }),
    unicode: await sent({ "X-A": "b\u560d\u560aHost: x" }),
    large: await sent({ "X-A": "a".repeat(40_000) }),
    many: await sent(Array.from({ length: 300 }, (_, number) => ["X-" + number, "a"])),
  };
}
