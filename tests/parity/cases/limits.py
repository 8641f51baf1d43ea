"""Sizes, Host and methods: what is too much, and what is not a request for us."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, decide, keep, refuse
from tests.parity.requests import UP, ask, get, request

PATH = f"{UP}/x"


SIZES: tuple[Case, ...] = (
    keep(
        "hdr-7k",
        "a bearer token of 7 KB",
        get(PATH, "Authorization: Bearer " + "a" * 7000),
        client.status(200),
        upstream.requests(1),
    ),
    decide(
        "hdr-9k",
        "a field of 9 KB: below the limit of 16 KiB",
        get(PATH, "Authorization: Bearer " + "a" * 9000),
        client.status(200),
    ),
    decide(
        "hdr-20k",
        "a field of 20 KB: above it",
        get(PATH, "Authorization: Bearer " + "a" * 20000),
        client.refused(431, 400),
        sample_agrees="its buffers hold 8 KB",
    ),
    refuse(
        "hdr-42k",
        "a head of 42 KB: above the limit of 32 KiB",
        get(PATH, *(f"X-{number}: " + "a" * 7000 for number in range(6))),
        client.refused(431, 400),
        sample_agrees="it takes four buffers of 8 KB",
    ),
    keep(
        "hdr-url-7k",
        "a target of 7 KB",
        get(f"{UP}/" + "a" * 7000),
        client.status(200),
        upstream.requests(1),
    ),
    decide(
        "hdr-url-12k",
        "a target of 12 KB: below the limit of 16 KiB",
        get(f"{UP}/" + "a" * 12000),
        client.status(200),
        upstream.requests(1),
    ),
    refuse(
        "hdr-url-20k",
        "a target of 20 KB: above it",
        get(f"{UP}/" + "a" * 20000),
        client.refused(414, 400, 431),
        sample_agrees="its buffers hold 8 KB",
    ),
    decide(
        "hdr-150",
        "150 small fields",
        get(PATH, *(f"X-{number}: a" for number in range(150))),
        client.status(200),
        sample_agrees="it counts bytes, not fields",
    ),
)


HOSTS: tuple[Case, ...] = (
    refuse(
        "hdr-no-host",
        "no Host (RFC 9112, 3.2)",
        ask(request(PATH, host=None)),
        client.refused(400),
        sample_agrees="400",
    ),
    refuse(
        "hdr-two-hosts",
        "two Hosts (RFC 9112, 3.2)",
        get(PATH, "Host: other.example"),
        client.refused(400),
        sample_agrees="400",
    ),
    refuse(
        "hdr-bad-host",
        "a Host that is no authority",
        ask(request(PATH, host="a b/c")),
        client.refused(400),
        sample_agrees="400",
    ),
)


METHODS: tuple[Case, ...] = (
    *(
        keep(
            f"meth-{method.lower()}",
            f"{method} with a body",
            ask(request(f"{UP}/p", method=method, body=b"x=1")),
            client.status(200),
            upstream.got(method=method, body=b"x=1"),
        )
        for method in ("PUT", "PATCH", "DELETE")
    ),
    keep(
        "meth-head",
        "HEAD keeps Content-Length and has no body",
        ask(request(f"{UP}/_/length5000", method="HEAD")),
        client.status(200),
        client.body(b""),
        client.nothing_behind(),
        client.field("content-length", "5000"),
        upstream.got(method="HEAD"),
    ),
    keep(
        "meth-head-refused",
        "an error for HEAD has no body either",
        ask(request("/evil.org/x", method="HEAD")),
        client.refused(400, 403, 404),
        client.body(b""),
        client.nothing_behind(),
    ),
    keep(
        "meth-head-error",
        "an upstream's 404 for HEAD",
        ask(request(f"{UP}/_/status/404", method="HEAD")),
        client.status(404),
        client.nothing_behind(),
    ),
    keep(
        "meth-other",
        "a method that is not in RFC 9110",
        ask(request(f"{UP}/p", method="PROPFIND")),
        client.status(200),
        upstream.got(method="PROPFIND"),
    ),
    refuse(
        "meth-trace",
        "TRACE shows the fields that proxies added",
        ask(request(PATH, method="TRACE")),
        client.refused(405, 501),
        sample_agrees="405",
    ),
    refuse(
        "meth-connect",
        "CONNECT: this is no forward proxy",
        ask(request("up.example.com:443", method="CONNECT")),
        client.refused(400, 403, 404, 405, 501),
        sample_agrees="400",
    ),
    refuse(
        "meth-connect-path",
        "CONNECT with a path",
        ask(request(PATH, method="CONNECT")),
        client.refused(400, 403, 404, 405, 501),
        sample_agrees="400",
    ),
)


CASES = SIZES + HOSTS + METHODS
