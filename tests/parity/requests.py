"""Requests as bytes, for the corpus."""

from tests.parity.model import GATEWAY, Script, Step
from tests.parity.steps import Receive, ReceiveSwitch, Send

UP = "/up.example.com"
# A host's secrets, and where the redirect called "absolute" leads.
SECRETS = ("Authorization: Bearer secret", "Cookie: c=1")
LANDED = "/landed?x=1"
ORIGIN = "Origin: https://app.example"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
WEBSOCKET = ("Connection: Upgrade", "Upgrade: websocket")
HANDSHAKE = ("Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}")


def head(
    path: str,
    *fields: str,
    method: str = "GET",
    version: str = "HTTP/1.1",
    host: str | None = GATEWAY,
) -> bytes:
    """Return a head with these fields and no others but Host."""
    lines = [f"{method} {path} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    return "\r\n".join([*lines, *fields, "", ""]).encode("latin-1")


def request(
    path: str,
    *fields: str,
    method: str = "GET",
    version: str = "HTTP/1.1",
    host: str | None = GATEWAY,
    body: bytes | None = None,
) -> bytes:
    """Return a request, the last on its connection unless *fields* say otherwise."""
    given = [field.partition(":")[0].lower() for field in fields]
    added = [] if "connection" in given else ["Connection: close"]
    if body is not None and not {"content-length", "transfer-encoding"} & set(given):
        added.append(f"Content-Length: {len(body)}")
    return head(path, *fields, *added, method=method, version=version, host=host) + (body or b"")


def get(path: str, *fields: str) -> Script:
    """Return the script of a plain GET."""
    return ask(request(path, *fields))


def post(path: str, *fields: str, body: bytes = b"x") -> Script:
    return ask(request(path, *fields, method="POST", body=body))


def ask(data: bytes, responses: int = 1) -> Script:
    """Return a script that sends *data* and reads the response(s)."""
    method = data.lstrip().partition(b" ")[0].decode("latin-1")
    return (Send(data), *[Receive(method)] * responses)


def moved(code: int, location: str) -> str:
    """Return a path whose answer is a redirect; *location* names one in ``literals.LOCATIONS``."""
    return f"{UP}/_/redirect/{code}/{location}"


def preflight(path: str, *fields: str) -> Script:
    return ask(request(path, ORIGIN, *fields, method="OPTIONS"))


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def handshake(path: str, *fields: str) -> bytes:
    """Return a WebSocket handshake to the up.example.com (RFC 6455, 4.1)."""
    return head(UP + path, *WEBSOCKET, *HANDSHAKE, *fields)


def websocket(path: str, *script: Step, fields: tuple[str, ...] = ()) -> Script:
    """Return a script that opens a WebSocket, then does the rest."""
    return (Send(handshake(path, *fields)), ReceiveSwitch(), *script)
