"""Which upstream a path names: ``/HOST[:PORT]/PATH``."""

from tests.parity.checks import client, either, upstream
from tests.parity.model import GATEWAY, decide, fix, keep
from tests.parity.requests import UP, ask, get, request

STRICT = "its own regex does not match, or its parser refuses"
BYPASS = "the sample's (.*?) crosses '/', so that its .com/.net filter holds for no host"
SERVED = (
    keep(
        "url-basic",
        "HTTP/1.1 to the host in the first segment, which is Host and SNI; port 443",
        get(f"{UP}/a/b?x=1&y=2"),
        client.status(200),
        upstream.requests(1),
        upstream.got(method="GET", target="/a/b?x=1&y=2", version="HTTP/1.1"),
        upstream.got(host="up.example.com", sni="up.example.com", address="127.44.0.1:443"),
    ),
    keep(
        "url-root",
        "the root of a host",
        get(f"{UP}/"),
        client.status(200),
        upstream.got(target="/"),
    ),
    keep(
        "url-upper",
        "a host in upper case; the path keeps its case",
        get("/UP.EXAMPLE.COM/Path"),
        client.status(200),
        upstream.got(target="/Path", host=("UP.EXAMPLE.COM", "up.example.com")),
        upstream.got(sni="up.example.com"),
    ),
    keep(
        "url-net",
        "a host in .net",
        get("/api.contoso.net/v1"),
        client.status(200),
        upstream.got(target="/v1", host="api.contoso.net", sni="api.contoso.net"),
    ),
    keep(
        "url-port",
        "a port: Host has it, SNI does not",
        get("/up.example.com:8443/p"),
        client.status(200),
        upstream.got(target="/p", host="up.example.com:8443", sni="up.example.com"),
        upstream.got(address="127.44.0.1:8443"),
    ),
    decide(
        "url-port-443",
        "the default port, written out; Host with or without it is right",
        get("/up.example.com:443/p"),
        client.status(200),
        upstream.got(target="/p", host=("up.example.com", "up.example.com:443")),
        sample_agrees="both forms name the same origin",
    ),
    fix(
        "url-no-slash",
        "a host without a path is its root (RFC 9110, 4.2.3); the sample answers 404",
        get(UP),
        client.status(200),
        upstream.got(target="/", host="up.example.com"),
    ),
    fix(
        "url-no-slash-query",
        "watchRTC joins host and query without a slash; the sample answers 404",
        get(f"{UP}?x=1"),
        client.status(200),
        upstream.got(target="/?x=1", host="up.example.com"),
    ),
    keep(
        "url-idn",
        "a name in punycode",
        get("/xn--bcher-kva.com/x"),
        client.status(200),
        upstream.got(host="xn--bcher-kva.com"),
    ),
    keep(
        "url-com-in-label",
        ".com inside a label is no end of the host",
        get("/a.community.example.com/x"),
        client.status(200),
        upstream.got(host="a.community.example.com", target="/x"),
    ),
    keep(
        "url-com-in-path",
        "a second .com/ belongs to the path",
        get(f"{UP}/cb/b.com/z"),
        client.status(200),
        upstream.got(host="up.example.com", target="/cb/b.com/z"),
    ),
    fix(
        "url-slashes",
        "SDKs join 'https://gateway/host/' and '/path': slashes behind the host collapse to one, "
        "later empty segments count (RFC 3986, 3.3); the sample merges all",
        get(f"{UP}//a///b"),
        client.status(200),
        upstream.got(target="/a///b"),
    ),
    keep(
        "url-slash-lead",
        "Daily, told 'https://gateway/', joins '/' and '/host': slashes before the host collapse",
        get(f"/{UP}/x"),
        client.status(200),
        upstream.got(target="/x", host="up.example.com"),
    ),
    decide(
        "url-own-name-slash-lead",
        "slashes before the own authority, and before the host behind it",
        get(f"//{GATEWAY}/{UP}/x"),
        client.status(200),
        upstream.got(target="/x", host="up.example.com"),
    ),
    keep(
        "url-dots",
        "dot segments below the host: verbatim or resolved",
        get(f"{UP}/a/../b/./c"),
        client.status(200),
        upstream.got(target=("/a/../b/./c", "/b/c")),
    ),
    decide(
        "url-own-name",
        "ACS puts the gateway's own authority before the host: it is peeled",
        get(f"/{GATEWAY}{UP}/x"),
        client.status(200),
        upstream.requests(1),
        upstream.got(host="up.example.com", target="/x"),
    ),
    decide(
        "url-own-name-slashes",
        "the own authority, then the doubled slash of the join",
        get(f"/{GATEWAY}{UP}//x"),
        client.status(200),
        upstream.got(host="up.example.com", target="/x"),
    ),
    decide(
        "url-own-name-4",
        "the own authority four times",
        get(f"/{GATEWAY}" * 4 + f"{UP}/x"),
        client.status(200),
        upstream.got(host="up.example.com", target="/x"),
    ),
    decide(
        "url-own-name-port",
        "the own authority with its default port, where Host has none",
        ask(request(f"/proxy.test:443{UP}/x", host="proxy.test")),
        client.status(200),
        upstream.got(host="up.example.com", target="/x"),
    ),
    decide(
        "url-own-name-upper",
        "the own authority in upper case",
        get(f"/{GATEWAY.upper()}{UP}/x"),
        client.status(200),
        upstream.got(host="up.example.com", target="/x"),
    ),
    keep(
        "url-slashes-query",
        "slashes behind the host and nothing but a query",
        get(f"{UP}//?x=1"),
        client.status(200),
        upstream.got(target="/?x=1"),
    ),
    fix(
        "url-port-no-slash",
        "a port and a query, no path",
        get("/up.example.com:8443?x=1"),
        client.status(200),
        upstream.got(target="/?x=1", address="127.44.0.1:8443"),
    ),
    decide(
        "url-final-dot",
        "the root's dot: refused, or the same host without it",
        get("/up.example.com./x"),
        either(client.refused(400, 403, 404), upstream.got(sni="up.example.com")),
        sample_agrees="404",
    ),
    decide(
        "url-own-paths",
        "/-/live is the gateway's own",
        get("/-/live"),
        client.status(200),
        upstream.requests(0),
    ),
    decide(
        "url-any-host",
        "any Host is served while public_names is empty",
        ask(request(f"{UP}/x", host="other.example")),
        client.status(200),
        upstream.got(host="up.example.com"),
        sample_agrees="it has no server_name",
    ),
)


CASES = SERVED
