"""What the request that follows a redirect carries."""

from tests.parity.checks import client, either, upstream
from tests.parity.model import Case, decide, fix, keep, refuse
from tests.parity.requests import LANDED, SECRETS, UP, Script, ask, chunked, get, moved, request

TEXT = "Content-Type: text/plain"


def _with(method: str, path: str, body: bytes | None = b"pb") -> Script:
    return ask(request(path, TEXT, method=method, body=body))


CASES: tuple[Case, ...] = (
    keep(
        "redir-credentials-443",
        "the default port, written out, is the same origin",
        get(moved(302, "port-443"), *SECRETS),
        client.status(200),
        upstream.field("authorization", "Bearer secret"),
        upstream.field_like("cookie", r"^c=1(?:; r=1)?$"),
    ),
    keep(
        "redir-credentials-upper",
        "a host in upper case is the same origin",
        get(moved(302, "upper"), *SECRETS),
        upstream.requests(2),
        upstream.field("authorization", "Bearer secret"),
    ),
    decide(
        "redir-utf8",
        "raw UTF-8 in a Location: as it is, encoded, or 502",
        get(moved(302, "utf8")),
        either(
            client.status(502),
            upstream.got(target=("/land\xc3\xa9", "/land%C3%A9", "/land%c3%a9")),
        ),
    ),
    keep(
        "redir-head",
        "HEAD follows with HEAD",
        _with("HEAD", moved(302, "absolute"), None),
        client.status(200),
        upstream.requests(2),
        upstream.got(method="HEAD"),
        client.nothing_behind(),
    ),
    fix(
        "redir-303",
        "303 becomes a GET without a body (RFC 9110, 15.4.4); the sample does not follow it",
        _with("POST", moved(303, "absolute")),
        client.status(200),
        upstream.requests(2),
        upstream.got(method="GET", body=b"", target=LANDED),
        upstream.no_field("content-type", "content-length", "transfer-encoding"),
    ),
    fix(
        "redir-version",
        "the second request is HTTP/1.1; the sample's is HTTP/1.0",
        get(moved(302, "absolute")),
        upstream.got(target=LANDED, version="HTTP/1.1"),
    ),
    fix(
        "redir-xff",
        "the second request has X-Forwarded-For; the sample's lost it",
        get(moved(302, "absolute")),
        upstream.got(target=LANDED),
        upstream.field_like("x-forwarded-for", r"127\.0\.0"),
        upstream.field_like("x-real-ip", r"127\.0\.0"),
    ),
    fix(
        "redir-proxy-field",
        "the second request has no Proxy field ('httpoxy'); the sample passes it",
        get(moved(302, "absolute"), "Proxy: http://evil"),
        upstream.got(target=LANDED),
        upstream.no_field("proxy"),
    ),
    keep(
        "redir-credentials-same",
        "credentials stay within one origin",
        get(moved(302, "absolute"), *SECRETS),
        upstream.requests(2),
        upstream.field("authorization", "Bearer secret"),
        upstream.field_like("cookie", r"^c=1(?:; r=1)?$"),
    ),
    fix(
        "redir-303-head",
        "a 303 leaves HEAD a HEAD (RFC 9110, 15.4.4)",
        _with("HEAD", moved(303, "absolute"), None),
        client.status(200),
        upstream.requests(2),
        upstream.got(method="HEAD", target=LANDED),
    ),
    keep(
        "redir-307-chunked",
        "a chunked body is sent again too",
        ask(
            request(
                moved(307, "absolute"),
                "Transfer-Encoding: chunked",
                method="POST",
                body=chunked(b"hello ", b"world"),
            )
        ),
        client.status(200),
        upstream.requests(2),
        upstream.got(method="POST", body=b"hello world"),
    ),
    fix(
        "redir-307-2m",
        "a body too large to keep: the client is sent, into the gateway",
        _with("POST", moved(307, "absolute"), b"x" * 2_000_000),
        client.status(307),
        client.location_inside(f"{UP}{LANDED}"),
        upstream.requests(1),
    ),
    keep(
        "redir-error",
        "an error behind a redirect crosses",
        get(moved(302, "down-404")),
        client.status(404),
        client.body(b"upstream body 404"),
    ),
    fix(
        "redir-cookie-test",
        "what a redirect sets is in the second request and reaches the client; the sample loses it",
        get(moved(302, "absolute"), "Cookie: c=1; r=0"),
        upstream.got(target=LANDED),
        upstream.field("cookie", "c=1; r=1"),
        client.field_like("set-cookie", rf"^r=1; Path={UP}$"),
    ),
    fix(
        "redir-cookie",
        "Cookie and Host of the second request are right for its host",
        get(moved(302, "other"), "Cookie: c=1"),
        upstream.got(host="other.contoso.net"),
        upstream.no_field("cookie"),
    ),
    refuse(
        "redir-credentials-port",
        "another port is another origin: no credentials",
        get(moved(302, "port"), *SECRETS),
        upstream.got(host="up.example.com:8443"),
        upstream.no_field("authorization", "cookie"),
    ),
)
