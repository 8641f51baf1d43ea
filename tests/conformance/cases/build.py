"""Raw requests, written down shortly."""

from tests.conformance.model import OWN, UP, Row

HOST = f"Host: {OWN}"
CLOSE = "Connection: close"
SMUGGLED = f"GET {UP}/smuggled HTTP/1.1\r\n{HOST}\r\n\r\n"
KIB = 1024
AS_WRITTEN = f" {UP}"  # a target that nobody has read


def message(first: str, *fields: str, body: str = "") -> str:
    return "\r\n".join([first, *fields, "", body])


def line(first: str) -> str:
    """Return a request with this request line."""
    return message(first, HOST, CLOSE)


def get(*fields: str, target: str = f"{UP}/x", version: str = "HTTP/1.1") -> str:
    """Return a request with exactly these fields."""
    return message(f"GET {target} {version}", *fields)


def field(*lines: str) -> str:
    """Return a request with these fields between those that each has."""
    return get(HOST, *lines, CLOSE)


def post(*fields: str, body: str = "", version: str = "HTTP/1.1") -> str:
    """Return a request that leaves the connection open: what is behind it may be another."""
    return message(f"POST {UP}/x {version}", HOST, *fields, body=body)


def refused(id: str, source: str, raw: str, *statuses: int) -> Row:
    """Return a row of what nobody may serve; 400 unless another status is right."""
    return Row(id, source, raw.encode("latin-1"), frozenset(statuses or (400,)))


def served(id: str, source: str, raw: str, *also: int, never: str = AS_WRITTEN) -> Row:
    """Return a row of what is served, or refused with one of *also*."""
    statuses = frozenset({200, *also})
    return Row(id, source, raw.encode("latin-1"), statuses, 1, never=never.encode("latin-1"))


def pipelined(id: str, source: str, raw: str, *statuses: int, never: str = AS_WRITTEN) -> Row:
    """Return a row of what has a request of its own behind it, which may be served too."""
    data = (raw + SMUGGLED).encode("latin-1")
    return Row(id, source, data, frozenset(statuses), 2, 2, never.encode())
