"""Names looked up past the policy, which would carry secrets out in their labels.

native: addrinfo, byname
"""


def handler(event, context):
    import socket

    return {
        "addrinfo": tried(lambda: socket.getaddrinfo("localhost", 80)),
        "byname": tried(lambda: socket.gethostbyname("localhost")),
        "byname_ex": tried(lambda: socket.gethostbyname_ex("localhost")) if event.get("inside") else "refused: not asked",
        "byaddr": tried(lambda: socket.gethostbyaddr("127.0.0.1")) if event.get("inside") else "refused: not asked",
        "low": tried(lambda: __import__("_socket").getaddrinfo("localhost", 80)) if event.get("inside") else "refused: not asked",
        "fqdn": tried(lambda: needed(socket.getfqdn("127.0.0.1").replace("127.0.0.1", ""))) if event.get("inside") else "refused: not asked",
    }
