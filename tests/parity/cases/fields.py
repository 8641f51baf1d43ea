"""Request fields and methods on their way upstream (RFC 9110, 5, 7.6 and 9)."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, decide, fix, keep, refuse
from tests.parity.requests import UP, get

PATH = f"{UP}/x"
PEER = r"127\.0\.0\.\d+"

CROSSING: tuple[Case, ...] = (
    keep(
        "hdr-order",
        "fields keep their order, case, duplicates and empty values",
        get(PATH, "B-Two: 2", "A-One: 1", "b-two: 3", "X-Empty:", "Accept: */*", "User-Agent: t"),
        upstream.fields_in_order(
            ("B-Two", "2"), ("A-One", "1"), ("b-two", "3"), ("X-Empty", ""), ("User-Agent", "t")
        ),
    ),
    keep(
        "hdr-duplicates",
        "duplicates are not joined",
        get(PATH, "X-D: 1", "Accept: */*", "X-D: 2"),
        upstream.field("x-d", "1", "2"),
    ),
    keep(
        "hdr-cookies",
        "two Cookie lines, with all their pairs",
        get(PATH, "Cookie: a=1", "Cookie: b=2; c=3"),
        upstream.field_like("cookie", r"^a=1[,;] ?b=2; c=3$"),
    ),
    keep(
        "hdr-authorization",
        "Authorization and Cookie reach the upstream",
        get(PATH, "Authorization: Bearer t.o.k", "Cookie: c=1"),
        upstream.field("authorization", "Bearer t.o.k"),
        upstream.field("cookie", "c=1"),
    ),
    keep(
        "hdr-proxy",
        "'httpoxy': Proxy is dropped",
        get(PATH, "Proxy: http://evil"),
        client.status(200),
        upstream.no_field("proxy"),
    ),
    keep(
        "hdr-allow-origin",
        "a response field in a request is dropped",
        get(PATH, "Access-Control-Allow-Origin: *"),
        upstream.no_field("access-control-allow-origin"),
    ),
    keep(
        "hdr-accept-encoding",
        "Accept-Encoding unchanged: nothing is decoded on the way",
        get(PATH, "Accept-Encoding: gzip, br, zstd"),
        upstream.field("accept-encoding", "gzip, br, zstd"),
    ),
    keep(
        "hdr-nothing-invented",
        "no field that the client did not send",
        get(PATH),
        upstream.no_field(
            "accept",
            "accept-encoding",
            "user-agent",
            "content-type",
            "content-length",
            "transfer-encoding",
        ),
    ),
    keep(
        "hdr-tab",
        "HTAB inside a value",
        get(PATH, "X-T: a\tb"),
        client.status(200),
        upstream.field("x-t", "a\tb"),
    ),
    decide(
        "hdr-obs-text",
        "bytes outside ASCII in a value cross as they are",
        get(PATH, "X-L: \xe4\xf6"),
        client.status(200),
        upstream.field("x-l", "\xe4\xf6"),
        sample_agrees="it copies bytes",
    ),
    decide(
        "hdr-underscore",
        "a name with an underscore; the sample drops it",
        get(PATH, "X_Under: u"),
        upstream.field("x_under", "u"),
    ),
    decide(
        "hdr-via",
        "no Via goes on: NGINX and IIS compress nothing for a request that has one",
        get(PATH, "Via: 1.0 first"),
        upstream.requests(1),
        upstream.no_field("via"),
    ),
    decide(
        "hdr-cdn-loop",
        "a gateway names itself in CDN-Loop (RFC 8586), behind those that were before",
        get(PATH, "CDN-Loop: first; a=b"),
        upstream.field_like("cdn-loop", r"^first; a=b, ?\S+$"),
    ),
    fix(
        "hdr-inner-hop",
        "what a proxy in front says of its own hop is not the vendor's to know",
        get(
            PATH,
            *("X-Forwarded-Proto: http", "X-Forwarded-Host: gw.internal", "X-Forwarded-Port: 8080"),
            *("X-Forwarded-Prefix: /sig", "Forwarded: for=10.0.0.9;proto=http"),
            *("X-Original-URL: /sig", "X-Envoy-External-Address: 10.0.0.9"),
        ),
        upstream.requests(1),
        upstream.no_field(
            *("x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix"),
            *("forwarded", "x-original-url", "x-envoy-external-address"),
        ),
    ),
    fix(
        "hdr-cdn-client",
        "no client chooses its address in a CDN's field",
        get(PATH, "CF-Connecting-IP: 6.6.6.6", "True-Client-IP: 6.6.6.6"),
        upstream.requests(1),
        upstream.no_field("cf-connecting-ip", "true-client-ip"),
    ),
    keep(
        "hdr-underscore-ours",
        "nor in a spelling that CGI takes for X-Forwarded-For",
        get(PATH, "X_Forwarded_For: 6.6.6.6", "X_Real_IP: 6.6.6.6", "Content_Length: 5"),
        upstream.requests(1),
        upstream.no_field("x_forwarded_for", "x_real_ip", "content_length"),
    ),
)

CLIENT_ADDRESS: tuple[Case, ...] = (
    keep(
        "hdr-xff-none",
        "X-Forwarded-For and X-Real-IP are the peer",
        get(PATH),
        upstream.field_like("x-forwarded-for", rf"^{PEER}$"),
        upstream.field_like("x-real-ip", rf"^{PEER}$"),
    ),
    keep(
        "hdr-xff-append",
        "the client's own address stays first",
        get(PATH, "X-Forwarded-For: 1.2.3.4"),
        upstream.field_like("x-forwarded-for", rf"^1\.2\.3\.4, ?{PEER}$"),
    ),
    keep(
        "hdr-xff-multi",
        "several lines become one chain, in order",
        get(PATH, "X-Forwarded-For: 1.1.1.1 ,2.2.2.2", "X-Forwarded-For: 3.3.3.3"),
        upstream.field_like(
            "x-forwarded-for", rf"^1\.1\.1\.1 ?, ?2\.2\.2\.2, ?3\.3\.3\.3, ?{PEER}$"
        ),
    ),
    keep(
        "hdr-real-ip",
        "X-Real-IP is not the client's to set",
        get(PATH, "X-Real-IP: 6.6.6.6"),
        upstream.field_like("x-real-ip", rf"^{PEER}$"),
    ),
)

HOP_BY_HOP: tuple[Case, ...] = (
    fix(
        "hdr-hop",
        "hop-by-hop fields, and those that Connection names, stay here (RFC 9110, 7.6.1)",
        get(
            PATH,
            "Connection: close, X-Hop",
            "X-Hop: 1",
            "Keep-Alive: timeout=5",
            "Proxy-Connection: keep-alive",
            "Proxy-Authorization: Basic eDp5",
            "TE: trailers",
            "Trailer: X-T",
            "X-End: 1",
        ),
        client.status(200),
        upstream.no_field(
            "x-hop", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer"
        ),
        upstream.field("x-end", "1"),
    ),
    refuse(
        "hdr-connection-names",
        "Connection cannot delete what the upstream decides by",
        get(PATH, "Connection: close, X-Forwarded-For, Authorization", "Authorization: Bearer t"),
        upstream.field("authorization", "Bearer t"),
        upstream.field_like("x-forwarded-for", rf"{PEER}$"),
        sample_agrees="it ignores what Connection names",
    ),
    refuse(
        "hdr-connection-host",
        "Connection cannot delete Host",
        get(PATH, "Connection: close, Host"),
        upstream.field("host", "up.example.com"),
        sample_agrees="it ignores what Connection names",
    ),
    refuse(
        "hdr-h2c",
        "only 'websocket' is an upgrade: h2c would tunnel requests past the rules",
        get(
            PATH,
            "Connection: Upgrade, HTTP2-Settings",
            "Upgrade: h2c",
            "HTTP2-Settings: AAMAAABkAAQAAP__",
        ),
        client.status(200, 400),
        upstream.no_text("h2c"),
        upstream.no_text("HTTP2-Settings"),
    ),
)


CASES = CROSSING + CLIENT_ADDRESS + HOP_BY_HOP
