"""A connection to a server on the machine, by every module that makes one.

native: socket, create, http, asyncio, low
"""


def handler(event, context):
    import socket

    address = ("127.0.0.1", event["port"])

    def connected():
        made = socket.socket()
        made.settimeout(1)
        made.connect(address)
        return made.recv(10) if False else made.getpeername()

    def asked():
        import http.client

        connection = http.client.HTTPConnection(*address, timeout=1)
        connection.request("GET", "/")
        return connection.getresponse().status

    async def opened():
        import asyncio

        _, writer = await asyncio.wait_for(asyncio.open_connection(*address), 1)
        writer.close()
        return "connected"

    return {
        "socket": tried(connected),
        "create": tried(lambda: socket.create_connection(address, 1).getpeername()),
        "http": tried(asked),
        "asyncio": tried(lambda: __import__("asyncio").run(opened())),
        "low": tried(lambda: __import__("_socket").socket(2, 1).connect(address) or "connected"),
        "pair": tried(lambda: socket.socketpair()[0].send(b"x")) if event.get("inside") else "refused: not asked",
        "unix": tried(lambda: socket.socket(1).connect("/var/run/docker.sock") or "connected"),
        "udp": tried(lambda: socket.socket(2, 2).sendto(b"x", address)) if event.get("inside") else "refused: not asked",
        "listen": tried(lambda: socket.create_server(("127.0.0.1", 0)).getsockname()) if event.get("inside") else "refused: not asked",
        "tls": tried(lambda: __import__("ssl").get_server_certificate(address)) if event.get("inside") else "refused: not asked",
        "smtp": tried(lambda: __import__("smtplib").SMTP(*address, timeout=1)) if event.get("inside") else "refused: not asked",
        "ftp": tried(lambda: __import__("ftplib").FTP().connect(*address, timeout=1)) if event.get("inside") else "refused: not asked",
        "telnet": tried(lambda: __import__("telnetlib").Telnet(*address, 1)) if event.get("inside") else "refused: not asked",
        "urllib3": tried(lambda: __import__("urllib3").HTTPConnectionPool(*address, timeout=1, retries=False).request("GET", "/").status) if event.get("inside") else "refused: not asked",
        "websocket": tried(lambda: __import__("websocket").create_connection("ws://127.0.0.1")) if event.get("inside") else "refused: not asked",
    }
