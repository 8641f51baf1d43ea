"""``/-/shim.js`` behind a route's prefix and key: the page shim, for any page that has the URL.

Pure, as the gateway's other pages.
"""

from sigproxy.errors import MethodRefused, NoRoute
from sigproxy.own_pages import Reply
from sigproxy.policies.cors import Cors, is_preflight
from sigproxy.routing import Route
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field, Fields
from sigproxy.shim.script import PATH, Script

MAX_AGE_S = 600  # how long a page may go on with the hosts of before

_ALLOW = (b"Allow", b"GET, HEAD, OPTIONS")
_WHAT = "the page shim"
# The script holds nothing secret, and a <script> with `integrity` is a CORS request. So any page
# may have it, also one that demands CORP of what it loads (Fetch, 3.7); which pages may *call* is
# decided for each request that it sends.
_OPEN = (
    (b"Access-Control-Allow-Origin", b"*"),
    (b"Cross-Origin-Resource-Policy", b"cross-origin"),
)


def is_asked(path: bytes) -> bool:
    """Return whether *path*, behind a route's prefix and key, is this page's."""
    return b"/" + path.partition(b"?")[0].lstrip(b"/") == PATH


def page(route: Route, method: str, request: Fields) -> Reply:
    """Return the script of *route*; raise NoRoute if it has none, or MethodRefused."""
    if route.shim is None:
        raise NoRoute(_absence(route))
    if is_preflight(method, request):
        cors = Cors(None, any_origin=True)
        return Reply(204, cors.preflight_fields(request), b"", "a CORS preflight")
    if method == "OPTIONS":
        return Reply(204, [_ALLOW, *_OPEN], b"", _WHAT)
    if method not in ("GET", "HEAD"):
        raise MethodRefused("the page shim is read with GET", _ALLOW)
    return _script(route.shim, request)


def _script(script: Script, request: Fields) -> Reply:
    is_compressed = _takes_gzip(request)
    suffix = b"-gzip" if is_compressed else b""
    fields: list[Field] = [
        *_OPEN,
        (b"Cache-Control", b"public, max-age=%d" % MAX_AGE_S),
        (b"ETag", b'"%b%b"' % (script.digest, suffix)),
        (b"Vary", b"Accept-Encoding"),
    ]
    if _has(script, request):
        return Reply(304, fields, b"", _WHAT)
    fields.append((b"Content-Type", b"text/javascript; charset=utf-8"))
    fields.append((b"X-Content-Type-Options", b"nosniff"))
    if is_compressed:
        fields.append((b"Content-Encoding", b"gzip"))
    return Reply(200, fields, script.compressed if is_compressed else script.text, _WHAT)


def _takes_gzip(request: Fields) -> bool:
    """Return whether Accept-Encoding has gzip (RFC 9110, 12.5.3), with a weight other than 0."""
    for element in f.elements(request, b"accept-encoding"):
        coding, _, weight = element.partition(b";")
        if coding.strip().lower() == b"gzip":
            return weight.replace(b" ", b"").rstrip(b"0.") != b"q="
    return False


def _has(script: Script, request: Fields) -> bool:
    """Return whether the client has the script already: RFC 9110, 13.1.2, which compares weakly."""
    known = (b'"%b"' % script.digest, b'"%b-gzip"' % script.digest, b"*")
    tags = f.elements(request, b"if-none-match")
    return any(each.removeprefix(b"W/") in known for each in tags)


def _absence(route: Route) -> str:
    if not route.dialect.host_in_path:
        return (
            f"route {route.name} has the {route.dialect.name} dialect, and the page shim is of "
            "routes with the path dialect"
        )
    return f"route {route.name} serves no page shim: its configuration has `shim = false`"
