"""Names, addresses, TLS and timeouts towards the upstream."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, decide, fix, keep, refuse
from tests.parity.requests import UP, get, head
from tests.parity.steps import AwaitEnd, Pause, Receive, Send

KEPT_OPEN = "Connection: keep-alive"
BAD_CERTIFICATE = (502, 526)

TLS: tuple[Case, ...] = (
    keep(
        "tls-12",
        "an upstream that speaks TLS 1.2 only",
        get("/tls12.example.com/x"),
        client.status(200),
        upstream.got(tls="TLSv1.2"),
    ),
    fix(
        "tls-13",
        "one that speaks TLS 1.3 only",
        get("/tls13.example.com/x"),
        client.status(200),
        upstream.got(tls="TLSv1.3"),
    ),
    decide(
        "tls-best",
        "TLS 1.3 where the upstream offers it; the sample pins 1.2",
        get(f"{UP}/x"),
        upstream.got(tls="TLSv1.3"),
    ),
    refuse(
        "tls-self-signed",
        "a certificate of nobody's",
        get("/selfsigned.example.com/x"),
        client.refused(*BAD_CERTIFICATE),
    ),
    refuse(
        "tls-wrong-name",
        "a certificate for another name",
        get("/wrongname.example.com/x"),
        client.refused(*BAD_CERTIFICATE),
    ),
    refuse(
        "tls-expired",
        "an expired certificate",
        get("/expired.example.com/x"),
        client.refused(*BAD_CERTIFICATE),
    ),
    keep(
        "tls-plain",
        "clear text where TLS is expected",
        get("/plain.example.com/x"),
        client.status(502),
        client.within(3),
    ),
    decide(
        "tls-pooled",
        "connections are kept: five requests, one handshake",
        tuple(step for _ in range(5) for step in get(f"{UP}/x", KEPT_OPEN)),
        client.responses(5),
        upstream.requests(5),
        upstream.handshakes(at_most=1),
    ),
)

NAMES: tuple[Case, ...] = (
    keep(
        "up-down",
        "connection refused: 502 at once",
        get("/down.example.com/x"),
        client.status(502, 503),
        client.within(3),
    ),
    keep(
        "up-multi",
        "the first address is down, the second serves",
        get("/multi.example.com/x"),
        client.status(200),
        upstream.requests(1),
    ),
    keep(
        "dns-nxdomain",
        "a name that does not exist",
        get("/nx.example.com/x"),
        client.status(502),
        client.within(4),
    ),
    keep(
        "dns-servfail",
        "the resolver fails",
        get("/servfail.example.com/x"),
        client.status(502, 504),
    ),
    keep(
        "dns-empty",
        "a name without addresses",
        get("/empty.example.com/x"),
        client.status(502),
        client.within(4),
    ),
    keep(
        "dns-ipv6",
        "a name with an IPv6 address only",
        get("/v6.example.com/x"),
        client.status(200),
        upstream.got(address="::1:443"),
    ),
    fix(
        "dns-aaaa-refused",
        "A answers, AAAA is refused: the A record serves (RFC 8305, 3)",
        get("/aaaafail.example.com/x"),
        client.status(200),
        upstream.requests(1),
        client.within(3),
    ),
    keep(
        "dns-cached",
        "a TTL of 30 s: three requests, one lookup",
        tuple(step for _ in range(3) for step in get("/cached.example.com/x", KEPT_OPEN)),
        client.responses(3),
        upstream.lookups("cached.example.com", at_most=1),
    ),
    keep(
        "dns-ttl",
        "a TTL of 1 s: a second lookup two seconds later",
        (*get("/ttl1.example.com/x", KEPT_OPEN), Pause(2.3), *get("/ttl1.example.com/x")),
        client.responses(2),
        upstream.lookups("ttl1.example.com", at_least=1),
    ),
)

FORBIDDEN: tuple[Case, ...] = (
    refuse(
        "ssrf-name",
        "a name with a forbidden address",
        get("/ssrf.example.com/x"),
        client.refused(403, 502),
        upstream.unforbidden(),
    ),
    refuse(
        "ssrf-mixed",
        "one forbidden address among several",
        get("/mixed.example.com/x"),
        client.refused(403, 502),
        upstream.unforbidden(),
        sample_agrees="",
    ),
    refuse(
        "ssrf-mapped",
        "a forbidden address, mapped into IPv6",
        get("/mapped.example.com/x"),
        client.refused(403, 502),
        upstream.unforbidden(),
    ),
    refuse(
        "ssrf-rebind",
        "a name that changes to a forbidden address",
        (*get("/rebind.example.com/x", KEPT_OPEN), Pause(1.3)) * 3,
        upstream.unforbidden(),
    ),
)

SLOW: tuple[Case, ...] = (
    decide(
        "slow-dns",
        "a resolver that never answers: given up in 5 s, not in 30",
        get("/drop.background.example.com/x"),
        client.status(502, 504),
        client.within(8),
        in_background=True,
        timeout_s=40,
    ),
    fix(
        "slow-aaaa",
        "AAAA never answers: the A record serves",
        get("/aaaadrop.background.example.com/x"),
        client.status(200),
        client.within(8),
        in_background=True,
        timeout_s=40,
    ),
    fix(
        "slow-answer",
        "a long poll of more than a minute; the sample gives up at 60 s",
        get("/poll.background.example.com/_/slow/62"),
        client.status(200),
        client.body(b"slow ok"),
        in_background=True,
        timeout_s=70,
    ),
    keep(
        "slow-client",
        "a client's connection is kept for half a minute between two requests",
        (
            *get("/idle.background.example.com/1", KEPT_OPEN),
            Pause(30),
            *get("/idle.background.example.com/2"),
        ),
        client.responses(2),
        in_background=True,
    ),
    decide(
        "slow-head",
        "a head that does not end: given up in 10 s, not in 60",
        (
            Send(b"GET /head.background.example.com/x HTTP/1.1\r\nHost: proxy.test:8443\r\nX"),
            AwaitEnd(20),
        ),
        client.ends("closed", "cut", "reset"),
        in_background=True,
    ),
    decide(
        "slow-body",
        "a body that does not come: given up after a grace, not after a minute",
        (
            Send(
                head("/body.background.example.com/x", "Content-Length: 100", method="POST")
                + b"begin"
            ),
            Receive("POST"),
            AwaitEnd(1),
        ),
        client.status(408),
        client.within(20),
        in_background=True,
        timeout_s=25,
    ),
    decide(
        "slow-tls",
        "TCP is accepted, TLS never begins: given up in 10 s, not in 60",
        get("/hole.background.example.com/x"),
        client.status(502, 504),
        client.within(16),
        in_background=True,
        timeout_s=70,
    ),
)

CASES = TLS + NAMES + FORBIDDEN + SLOW
