"""Where a body ends, and what hides behind it (RFC 9112, 6 and 7)."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, Observation, decide, keep, refuse
from tests.parity.requests import UP, WEBSOCKET, ask, chunked, head, request

PATH = f"{UP}/x"
CHUNKED = "Transfer-Encoding: chunked"
KEPT_OPEN = "Connection: keep-alive"
PREFLIGHT = ("Origin: https://app.example", "Access-Control-Request-Method: POST")
SMUGGLED = f"{UP}/smuggled"


NGINX_400 = "its parser refuses"


def _refused_post(id: str, note: str, *fields: str, body: bytes = b"ab", **options: str) -> Case:
    """A POST whose framing two readers could read differently."""
    data = head(PATH, *fields, "Connection: close", method="POST") + body
    return refuse(id, note, ask(data), client.refused(400, 501), **options)


def _one_length(seen: Observation) -> str | None:
    """Identical lengths may be folded into one (RFC 9110, 8.6) or refused."""
    if seen.status == 400:
        return client.refused(400)(seen)
    return upstream.field("content-length", "2")(seen)


LENGTHS: tuple[Case, ...] = (
    _refused_post(
        "sm-two-lengths",
        "two different lengths (RFC 9112, 6.3)",
        "Content-Length: 2",
        "Content-Length: 3",
        sample_agrees=NGINX_400,
    ),
    refuse(
        "sm-same-lengths",
        "the same length twice",
        ask(
            head(PATH, "Content-Length: 2", "Content-Length: 2", "Connection: close", method="POST")
            + b"ab"
        ),
        _one_length,
        sample_agrees=NGINX_400,
    ),
    refuse(
        "sm-length-list",
        "a list of lengths",
        ask(head(PATH, "Content-Length: 2, 2", "Connection: close", method="POST") + b"ab"),
        _one_length,
        sample_agrees=NGINX_400,
    ),
    *(
        _refused_post(
            f"sm-length-{name}",
            f"Content-Length: {value}",
            f"Content-Length: {value}",
            sample_agrees=NGINX_400,
        )
        for name, value in (
            ("plus", "+2"),
            ("minus", "-1"),
            ("hex", "0x2"),
            ("word", "two"),
            ("empty", ""),
            ("space", "2 2"),
        )
    ),
    refuse(
        "sm-length-chunked",
        "a length beside chunks: refused, and the connection ends (RFC 9112, 6.1)",
        ask(
            head(PATH, "Content-Length: 6", CHUNKED, KEPT_OPEN, method="POST")
            + b"0\r\n\r\nG"
            + request(SMUGGLED),
            responses=2,
        ),
        client.refused(400),
        client.responses(1),
        sample_agrees=NGINX_400,
        timeout_s=0.7,
    ),
)


_HIDDEN = request(SMUGGLED)


UNREAD: tuple[Case, ...] = tuple(
    make(
        f"sm-unread-{name}",
        f"{note}: its body is not taken for a request",
        ask(
            head(path, *fields, KEPT_OPEN, f"Content-Length: {len(_HIDDEN)}", method=method)
            + _HIDDEN,
            responses=2,
        ),
        upstream.no_text("/smuggled "),
        client.responses(1),
        timeout_s=0.5,
        **options,
    )
    for make, name, note, method, path, fields, options in (
        (keep, "refused", "a refused POST", "POST", "/evil.org/x", (), {}),
        (keep, "down", "a POST to nowhere", "POST", "/down.example.com/x", (), {}),
        (keep, "early", "an early answer", "POST", f"{UP}/_/early", (), {}),
        (keep, "preflight", "a preflight", "OPTIONS", PATH, PREFLIGHT, {}),
        (keep, "trace", "TRACE", "TRACE", PATH, (), {}),
        (keep, "get", "a refused GET", "GET", "/evil.org/x", (), {}),
        (keep, "handshake", "a refused handshake", "POST", PATH, WEBSOCKET, {}),
    )
)


CODINGS: tuple[Case, ...] = (
    *(
        _refused_post(
            f"sm-coding-{name}",
            f"Transfer-Encoding: {value!r}",
            f"Transfer-Encoding: {value}",
            body=chunked(b"ab"),
            sample_agrees=NGINX_400,
        )
        for name, value in (
            ("identity", "identity"),
            ("xchunked", "xchunked"),
            ("gzip", "gzip, chunked"),
            ("vtab", "\x0bchunked"),
            ("twice", "chunked, chunked"),
            ("reverse", "chunked, identity"),
        )
    ),
    _refused_post(
        "sm-two-codings",
        "two Transfer-Encoding lines",
        CHUNKED,
        "Transfer-Encoding: identity",
        body=chunked(b"ab"),
        sample_agrees=NGINX_400,
    ),
    refuse(
        "sm-coding-http10",
        "chunks in HTTP/1.0 (RFC 9112, 6.1)",
        ask(request(PATH, CHUNKED, method="POST", version="HTTP/1.0", body=chunked(b"ab"))),
        client.refused(400, 501),
        sample_agrees=NGINX_400,
    ),
)


CHUNKS: tuple[Case, ...] = (
    *(
        refuse(
            f"sm-chunk-{name}",
            f"{note}; the sample's error_page makes 404 of its own 400",
            ask(head(PATH, CHUNKED, "Connection: close", method="POST") + data),
            client.status(400),
            upstream.no_text("smuggled"),
            timeout_s=2,
        )
        for name, note, data in (
            ("word", "a size that is no number", b"zz\r\nhello\r\n0\r\n\r\n"),
            ("longer", "a chunk longer than its size", b"2\r\nabc\r\n0\r\n\r\n"),
            ("minus", "a negative size", b"-1\r\nabc\r\n0\r\n\r\n"),
            ("huge", "a size that overflows", b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
            ("hex", "a size with 0x", b"0x2\r\nab\r\n0\r\n\r\n"),
        )
    ),
    decide(
        "sm-chunk-lf",
        "bare LF in chunks: refused, or read as a line end",
        ask(head(PATH, CHUNKED, "Connection: close", method="POST") + b"2\nab\n0\n\n"),
        client.status(400),
        timeout_s=2,
    ),
)


CASES = LENGTHS + UNREAD + CODINGS + CHUNKS
