"""Where a client's messages begin and end: nothing may hide in between (RFC 9112)."""

from tests.parity.checks import client, upstream
from tests.parity.model import GATEWAY, Case, Observation, Script, decide, keep, refuse
from tests.parity.requests import UP, WEBSOCKET, ask, get, head, request
from tests.parity.steps import AwaitEnd, Receive, Send

PATH = f"{UP}/x"
CHUNKED = "Transfer-Encoding: chunked"
KEPT_OPEN = "Connection: keep-alive"
SMUGGLED = f"{UP}/smuggled"
NGINX_400 = "its parser refuses"


def _refused_field(id: str, note: str, line: str, **options: str) -> Case:
    return refuse(id, note, get(PATH, line), client.refused(400), **options)


def _http09(seen: Observation) -> str | None:
    return "an HTTP/0.9 request was served" if seen.record.requests else None


def _two(path: str, *, method: str = "GET", body: bytes | None = None) -> bytes:
    first = request(path + "/1", KEPT_OPEN, method=method, body=body)
    return first + request(path + "/2", method=method, body=body)


CONNECTION: tuple[Case, ...] = (
    keep(
        "cl-http10",
        "a client of HTTP/1.0: answered, then closed",
        (Send(head(PATH, version="HTTP/1.0")), Receive(), AwaitEnd()),
        client.status(200),
        client.ends("closed"),
        upstream.got(version="HTTP/1.1"),
    ),
    keep(
        "cl-keep-alive",
        "two requests, one after the other",
        (*get(f"{UP}/1", KEPT_OPEN), *get(f"{UP}/2")),
        client.responses(2),
        upstream.targets("/1", "/2"),
    ),
    keep(
        "cl-pipeline",
        "two requests at once, answered in order",
        ask(_two(UP), responses=2),
        client.responses(2),
        upstream.targets("/1", "/2"),
    ),
    keep(
        "cl-pipeline-20",
        "twenty requests at once",
        ask(b"".join(request(f"{UP}/{number}", KEPT_OPEN) for number in range(20)), responses=20),
        client.responses(20),
        upstream.targets(*(f"/{number}" for number in range(20))),
    ),
    keep(
        "cl-http10-kept",
        "HTTP/1.0 with keep-alive: two requests, or an end after the first",
        (
            Send(head(PATH, KEPT_OPEN, version="HTTP/1.0")),
            Receive(),
            Send(head(PATH, version="HTTP/1.0")),
            Receive(),
        ),
        client.status(200),
        client.whole(),
    ),
    keep(
        "cl-pipeline-post",
        "two with bodies",
        ask(_two(UP, method="POST", body=b"bb"), responses=2),
        client.responses(2),
        upstream.targets("/1", "/2"),
        upstream.got(body=b"bb"),
    ),
    keep(
        "cl-absolute",
        "absolute-form to the gateway itself (RFC 9112, 3.2.2)",
        ask(request(f"https://{GATEWAY}{UP}/abs")),
        client.status(200),
        upstream.got(target="/abs", host="up.example.com"),
    ),
    refuse(
        "cl-absolute-other",
        "absolute-form to another host: this is no forward proxy",
        ask(request("https://up.example.com/abs", host="up.example.com")),
        client.refused(),
        sample_agrees="no host in the path",
    ),
    keep(
        "cl-empty-lines",
        "empty lines before a request (RFC 9112, 2.2)",
        ask(b"\r\n\r\n" + request(PATH)),
        client.status(200),
        upstream.requests(1),
    ),
    keep(
        "cl-plain",
        "clear text to the TLS port",
        get(PATH),
        client.status(400, None),
        upstream.requests(0),
        plain=True,
    ),
    refuse(
        "cl-http09",
        "an HTTP/0.9 request is not served",
        (Send(f"GET {PATH}\r\n".encode()), Receive()),
        _http09,
        timeout_s=0.7,
    ),
    refuse(
        "cl-http20",
        "HTTP/2.0 in letters",
        ask(request(PATH, version="HTTP/2.0")),
        client.refused(400, 505),
        sample_agrees="505",
    ),
    refuse(
        "cl-no-slash",
        "a target without its slash",
        ask(request("up.example.com/x")),
        client.refused(400, 404),
        sample_agrees=NGINX_400,
    ),
)


def _no_fold(seen: Observation) -> str | None:
    for each in seen.record.requests:
        if any(name.startswith((" ", "\t")) or " folded" in name for name, _ in each.fields):
            return "the fold went upstream"
    return None


def _raw(*lines: str) -> Script:
    return ask(
        "\r\n".join([*lines, f"Host: {GATEWAY}", "Connection: close", "", ""]).encode("latin-1")
    )


FIELDS: tuple[Case, ...] = (
    refuse(
        "sm-fold",
        "a folded line (RFC 9112, 5.2): refused, or made one",
        get(PATH, "X-A: 1\r\n folded: 2"),
        client.status(400, 200),
        _no_fold,
        sample_agrees=NGINX_400,
    ),
    _refused_field(
        "sm-bare-cr", "a bare CR (RFC 9112, 2.2)", "X-A: 1\rX-B: 2", sample_agrees=NGINX_400
    ),
    refuse(
        "sm-tab-line",
        "tabs in the request line (RFC 9112, 3)",
        _raw(f"GET\t{PATH}\tHTTP/1.1"),
        client.refused(400),
        sample_agrees=NGINX_400,
    ),
    _refused_field(
        "sm-space-colon",
        "a space before the colon (RFC 9112, 5.1)",
        "X-A : 1",
        sample_agrees=NGINX_400,
    ),
    _refused_field(
        "sm-no-colon", "a line without a colon; the sample forwards it with one", "NoColonHere"
    ),
    _refused_field("sm-empty-name", "an empty field name", ": v", sample_agrees=NGINX_400),
    _refused_field("sm-nul", "NUL in a value", "X-A: a\0b", sample_agrees=NGINX_400),
    refuse(
        "sm-bad-name",
        "a name that is no token (RFC 9110, 5.6.2)",
        get(PATH, "X@(A): 1"),
        client.status(400, 200),
        upstream.no_text("X@"),
        sample_agrees="it drops the line",
    ),
    refuse(
        "sm-leading-space",
        "white space behind the request line (RFC 9112, 2.2)",
        _raw(f"GET {PATH} HTTP/1.1", " X-A: 1"),
        client.refused(400),
        sample_agrees=NGINX_400,
    ),
    refuse(
        "sm-space-target",
        "a space in the target",
        _raw(f"GET {UP}/a b HTTP/1.1"),
        client.refused(400),
        sample_agrees=NGINX_400,
    ),
    decide(
        "sm-bare-lf",
        "bare LF as line end: refused; it may be read as one (RFC 9112, 2.2)",
        ask(request(PATH).replace(b"\r\n", b"\n")),
        client.refused(400),
        timeout_s=2,
    ),
    refuse(
        "sm-upgrade",
        "what follows a handshake that is refused is the client's next request, or nothing",
        ask(head(PATH, *WEBSOCKET, "Sec-WebSocket-Version: 777") + request(SMUGGLED), responses=2),
        client.status(400, 426),
        upstream.no_text("Sec-WebSocket-Version: 777"),
        timeout_s=0.7,
    ),
)

CASES = CONNECTION + FIELDS
