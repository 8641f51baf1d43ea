"""Redirects are followed inside; what leads elsewhere is not (RFC 9110, 15.4 and 10.2.2)."""

from tests.parity.checks import client, either, upstream
from tests.parity.model import Case, decide, fix, keep
from tests.parity.requests import LANDED, UP, Script, ask, get, moved, request

TEXT = "Content-Type: text/plain"


def _with(method: str, path: str, body: bytes | None = b"pb") -> Script:
    return ask(request(path, TEXT, method=method, body=body))


FOLLOWED: tuple[Case, ...] = (
    *(
        keep(
            f"redir-{code}-get",
            f"{code}: the client sees the final 200",
            get(moved(code, "absolute")),
            client.status(200),
            client.nothing_behind(),
            upstream.requests(2),
            upstream.got(method="GET", target=LANDED, host="up.example.com"),
        )
        for code in (301, 302, 307)
    ),
    *(
        keep(
            f"redir-{code}-{method.lower()}",
            f"{code} keeps method and body, as in the sample",
            _with(method, moved(code, "absolute")),
            client.status(200),
            upstream.requests(2),
            upstream.got(method=method, target=LANDED, body=b"pb"),
            upstream.field("content-type", "text/plain"),
        )
        for code in (301, 302, 307)
        for method in ("POST", "PUT")
    ),
    fix(
        "redir-308",
        "308 keeps method and body (RFC 9110, 15.4.9); the sample does not follow it",
        _with("POST", moved(308, "absolute")),
        client.status(200),
        upstream.requests(2),
        upstream.got(method="POST", body=b"pb", target=LANDED),
    ),
    fix(
        "redir-308-get",
        "308 is followed (RFC 9110, 15.4.9); the sample does not",
        get(moved(308, "absolute")),
        client.status(200),
        upstream.requests(2),
        upstream.got(target=LANDED),
    ),
    fix(
        "redir-path",
        "a Location relative to the host (RFC 9110, 10.2.2); the sample answers 500",
        get(moved(302, "path")),
        client.status(200),
        upstream.requests(2),
        upstream.got(target=LANDED, host="up.example.com"),
    ),
    fix(
        "redir-segment",
        "a Location relative to the path; the sample answers 500",
        get(moved(302, "segment")),
        client.status(200),
        upstream.requests(2),
        upstream.got(target="/_/redirect/302/landed2"),
    ),
    fix(
        "redir-dots",
        "a Location with dot segments (RFC 3986, 5.2.4); the sample answers 500",
        get(moved(302, "dots")),
        client.status(200),
        upstream.requests(2),
        upstream.got(target="/_/redirect/landed3"),
    ),
    fix(
        "redir-query",
        "a Location that is only a query; the sample answers 500",
        get(moved(302, "query")),
        client.status(200),
        upstream.got(target="/_/redirect/302/query?x=2"),
    ),
    fix(
        "redir-network-path",
        "a Location without a scheme; the sample answers 500",
        get(moved(302, "network-path")),
        client.status(200),
        upstream.requests(2),
        upstream.got(host="other.contoso.net", target="/landed"),
    ),
    keep(
        "redir-encoded",
        "the Location's encoding is kept",
        get(moved(302, "encoded")),
        client.status(200),
        upstream.got(target="/a%2Fb%20c?q=%26"),
    ),
    keep(
        "redir-port",
        "a port in the Location",
        get(moved(302, "port")),
        client.status(200),
        upstream.requests(2),
        upstream.got(address="127.44.0.1:8443", host="up.example.com:8443"),
    ),
    keep(
        "redir-upper",
        "scheme and host in upper case",
        get(moved(302, "upper")),
        client.status(200),
        upstream.requests(2),
        upstream.got(host=("UP.EXAMPLE.COM", "up.example.com"), target="/landed"),
    ),
    keep(
        "redir-other",
        "a Location at another host",
        get(moved(302, "other")),
        client.status(200),
        upstream.requests(2),
        upstream.got(host="other.contoso.net", target="/landed"),
    ),
    fix(
        "redir-other-sni",
        "the connection to another host has SNI (RFC 6066, 3); the sample's has none",
        get(moved(302, "other")),
        upstream.got(host="other.contoso.net", sni="other.contoso.net"),
    ),
    fix(
        "redir-fragment",
        "the fragment is not sent (RFC 9110, 7.1); the sample sends it",
        get(moved(302, "fragment")),
        client.status(200),
        upstream.got(target="/landed"),
    ),
    fix(
        "redir-chain",
        "three hops; the sample follows one",
        get(moved(302, "chain3")),
        client.status(200),
        upstream.requests(4),
        upstream.got(target="/landed"),
    ),
    fix(
        "redir-debug",
        "no X-DBUG-MSG, which the sample adds",
        get(moved(302, "absolute")),
        client.status(200),
        client.no_field("x-dbug-msg"),
    ),
)

MORE: tuple[Case, ...] = (
    fix(
        "redir-300",
        "a choice is the client's; its Location points into the gateway",
        get(moved(300, "absolute")),
        client.status(300),
        client.location_inside(f"{UP}{LANDED}"),
    ),
    keep(
        "redir-only-query",
        "a host and a query, no path",
        get(moved(302, "only-query")),
        client.status(200),
        upstream.got(target="/?x=1"),
    ),
    fix(
        "redir-two-locations",
        "the first Location, or 502",
        get(f"{UP}/_/two-locations"),
        client.status(200, 502),
        upstream.never_host("evil.org"),
    ),
    fix(
        "redir-chain-5",
        "five hops are followed; the sample follows one",
        get(moved(302, "chain5")),
        client.status(200),
        upstream.requests(6),
        upstream.got(target="/landed"),
    ),
    decide(
        "redir-chain-6",
        "a sixth hop is not followed",
        get(moved(302, "chain6")),
        client.status(502, 508),
        upstream.requests(6),
    ),
    decide(
        "redir-own-name",
        "a Location that already points into the gateway leads to the host in it",
        get(moved(302, "gateway-name")),
        either(client.status(502), upstream.got(target="/landed")),
    ),
)


CASES = FOLLOWED + MORE
