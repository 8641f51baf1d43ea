"""What the scripted upstream sends, byte for byte."""

import os
import tempfile

from tests.parity.upstream.wire import Fields

# No port, so no network namespace keeps two runs apart.
SOCKET_PATH = f"{tempfile.gettempdir()}/sigproxy-parity-{os.getpid()}.sock"
GZIP_CLEAR = b"hello gzip " * 50

LOCATIONS: dict[str, str | None] = {
    "absolute": "https://up.example.com/landed?x=1",
    "encoded": "https://up.example.com/a%2Fb%20c?q=%26",
    "fragment": "https://up.example.com/landed#frag",
    "other": "https://other.contoso.net/landed",
    "path": "/landed?x=1",
    "segment": "landed2",
    "dots": "../landed3",
    "query": "?x=2",
    "network-path": "//other.contoso.net/landed",
    "http": "http://up.example.com/landed",
    "port": "https://up.example.com:8443/landed",
    "down-404": "https://up.example.com/_/status/404",
    "upper": "HTTPS://UP.EXAMPLE.COM/landed",
    "chain3": "https://up.example.com/_/redirect/302/chain2",
    "chain2": "https://up.example.com/_/redirect/302/chain1",
    "chain1": "https://up.example.com/landed",
    "chain6": "https://up.example.com/_/redirect/302/chain5",
    "chain5": "https://up.example.com/_/redirect/302/chain4",
    "chain4": "https://up.example.com/_/redirect/302/chain3",
    "loop": "https://up.example.com/_/redirect/302/loop",
    "forbidden-name": "https://ssrf.example.com/landed",
    "forbidden-address": "https://127.45.0.1/landed",
    "org": "https://evil.org/landed",
    "file": "file:///etc/passwd",
    "unix": f"http://unix:{SOCKET_PATH}:/v1",
    "no-host": "https://",
    "userinfo": "https://user:pw@up.example.com/landed",
    "other-cookies": "https://other.contoso.net/_/cookies",
    "gateway-name": "https://proxy.test:8443/up.example.com/landed",
    "port-443": "https://up.example.com:443/landed",
    "only-query": "https://up.example.com?x=1",
    "three-slashes": "///evil.org/landed",
    "one-slash": "https:/evil.org/landed",
    "utf8": "/land\xc3\xa9",
    "tab": "/landed\tx",
    "backslash": "https://127.45.0.1\\@up.example.com/landed",
    "wrong-certificate": "https://wrongname.example.com/landed",
    "refused": "https://down.example.com/landed",
    "empty": "",
    "none": None,
}
MADE = {
    "absolute": "https://up.example.com/made/1",
    "path": "/made/1",
    "other": "https://other.contoso.net/made/1",
    "port": "https://up.example.com:8443/made/1",
    "longer-name": "https://up.example.com.evil.org/x",
}

_TEXT = ("Content-Type", "text/plain")
PLAIN: dict[str, tuple[int, Fields, bytes]] = {
    "cookies": (
        200,
        (
            _TEXT,
            ("Set-Cookie", "a=1; Path=/; Secure; HttpOnly; SameSite=None"),
            ("Set-Cookie", "b=2; Domain=.example.com; Path=/x"),
            ("Set-Cookie", "c=3, 4; Expires=Thu, 01 Jan 2037 00:00:00 GMT"),
        ),
        b"ok",
    ),
    "origin-scoped": (
        200,
        (
            _TEXT,
            ("Alt-Svc", 'h3=":443"; ma=86400'),
            ("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"),
            ("Clear-Site-Data", '"cookies"'),
            ("Accept-CH", "Device-Memory"),
            ("X-Frame-Options", "DENY"),
        ),
        b"ok",
    ),
    "not-gzip": (200, (_TEXT, ("Content-Encoding", "gzip")), b"this is not gzip"),
    "cors": (
        200,
        (
            _TEXT,
            ("Access-Control-Allow-Origin", "https://app.example"),
            ("Access-Control-Expose-Headers", "X-Ms"),
            ("Vary", "Origin"),
        ),
        b"ok",
    ),
    "cors-star": (200, (_TEXT, ("Access-Control-Allow-Origin", "*")), b"ok"),
    "cors-twice": (
        200,
        (
            _TEXT,
            ("Access-Control-Allow-Origin", "https://app.example"),
            ("Access-Control-Allow-Origin", "https://app.example"),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Accept-Encoding"),
        ),
        b"ok",
    ),
    "hop": (
        200,
        (
            _TEXT,
            ("Connection", "keep-alive, X-Hop"),
            ("X-Hop", "secret"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("Proxy-Connection", "keep-alive"),
            ("Upgrade", "h2c"),
            ("TE", "x"),
            ("Trailer", "X-T"),
            ("X-End", "1"),
        ),
        b"ok",
    ),
    "accel": (200, (_TEXT, ("X-Accel-Redirect", "/index.html")), b"accel body"),
    "accel-fields": (
        200,
        (_TEXT, ("X-Accel-Buffering", "no"), ("X-Accel-Expires", "0"), ("X-Pad", "1")),
        b"ok",
    ),
    "length5000": (200, (_TEXT,), b"x" * 5000),
    "untyped": (200, (), b"ok"),
    "typed": (200, (("Content-Type", "application/json; charset=utf-8"),), b"{}"),
    "304": (304, (("ETag", '"abc"'), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")), b""),
    "206": (206, (_TEXT, ("Content-Range", "bytes 0-1/10")), b"ok"),
    "204": (204, (("X-Up", "1"),), b""),
    "401": (
        401,
        (_TEXT, ("WWW-Authenticate", 'Bearer realm="x"'), ("WWW-Authenticate", "NTLM")),
        b"no",
    ),
}

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
EVENT_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
SWITCHING = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
_PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
# Sent part by part, a moment apart.
RAW: dict[str, tuple[bytes, ...]] = {
    "chunked": (_CHUNKED, b"4;ext=1\r\none,\r\n", b"4\r\ntwo,\r\n", b"5\r\nthree\r\n0\r\n\r\n"),
    "trailers": (
        _OK + b"Trailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: v\r\n\r\n",
    ),
    "100": (b"HTTP/1.1 100 Continue\r\n\r\n", _OK + b"Content-Length: 9\r\n\r\nafter 100"),
    "102": (_PROCESSING * 2, _OK + b"Content-Length: 9\r\n\r\nafter 102"),
    "103": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
        _OK + b"Content-Length: 9\r\n\r\nafter 103",
    ),
    "304-with-length": (b'HTTP/1.1 304 X\r\nContent-Length: 10\r\nETag: "a"\r\n\r\n',),
    "no-reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",),
    "empty-reason": (b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",),
    "odd-fields": (
        b"HTTP/1.1 200 OK\r\nx-lower:1\r\nX-Empty:\r\nX-Space: \t a b \r\n",
        b"X_Under: u\r\nContent-Length: 2\r\n\r\nok",
    ),
    "in-pieces": (b"HT", b"TP/1.1 20", b"0 OK\r", b"\nContent-Length: ", b"2\r\n\r", b"\no", b"k"),
    "bare-lf": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",),
    "two-locations": (
        b"HTTP/1.1 302 X\r\nLocation: /landed\r\nLocation: https://evil.org/\r\n"
        b"Content-Length: 0\r\n\r\n",
    ),
    "until-close": (_OK + b"\r\nuntil close",),
    "closing": (_OK + b"Content-Length: 2\r\n\r\nok",),
    "204-with-length": (b"HTTP/1.1 204 X\r\nContent-Length: 2\r\n\r\n",),
    "latin1": (
        "HTTP/1.1 200 \xc4rger\r\nX-L: \xe4\xf6\r\nContent-Length: 2\r\n\r\nok".encode("latin-1"),
    ),
    "two-lengths": (_OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!",),
    "bad-length": (_OK + b"Content-Length: +2\r\n\r\nok",),
    "length-and-chunked": (
        _OK + b"Content-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ),
    "bad-chunk": (_CHUNKED + b"2\r\nok\r\nZZ\r\n",),
    "bad-field": (_OK + b"X Bad: 1\r\nContent-Length: 2\r\n\r\nok",),
    "bare-cr": (_OK + b"X-A: 1\rX-B: 2\r\nContent-Length: 2\r\n\r\nok",),
    "folded": (_OK + b"X-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok",),
    "garbage": (b"garbage garbage\r\n\r\n",),
    "http10": (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil close",),
    "short": (_OK + b"Content-Length: 100\r\n\r\nshort",),
    "short-chunk": (_CHUNKED + b"5\r\nshort\r\n",),
    "extra": (
        _OK + b"Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    ),
}
KEPT_OPEN = frozenset(
    {"chunked", "trailers", "100", "102", "103", "204-with-length", "304-with-length", "extra"}
    | {"no-reason", "empty-reason", "odd-fields", "in-pieces", "two-locations"}
)
