"""Responses on their way to the client (RFC 9110, 8 and 15; RFC 9112, 6)."""

from tests.parity.checks import client, either, upstream
from tests.parity.model import Case, decide, fix, keep
from tests.parity.requests import UP, ask, get, post, request
from tests.parity.upstream.scripts import BLOCK

KEPT_OPEN = "Connection: keep-alive"
BIG = 5 * (1 << 20)
_BLOCKS = (BLOCK * (BIG // len(BLOCK) + 1))[:BIG]


PASSING: tuple[Case, ...] = (
    keep(
        "resp-gzip",
        "nothing is decoded: bytes, ETag and Vary as the upstream sent them",
        get(f"{UP}/_/gzipped", "Accept-Encoding: gzip"),
        client.status(200),
        client.field("content-encoding", "gzip"),
        client.field("etag", '"abc"'),
        client.field_lists("vary", "accept-encoding"),
        client.body_begins(b"\x1f\x8b"),
    ),
    keep(
        "resp-gzip-unasked",
        "nothing is decoded, even where the client did not ask for gzip",
        get(f"{UP}/_/gzipped"),
        client.field("content-encoding", "gzip"),
        client.body_begins(b"\x1f\x8b"),
    ),
    keep(
        "resp-not-gzip",
        "a Content-Encoding that the body does not have is nobody's business here",
        get(f"{UP}/_/not-gzip", "Accept-Encoding: gzip"),
        client.status(200),
        client.body(b"this is not gzip"),
    ),
    keep(
        "resp-chunked",
        "a chunked response",
        get(f"{UP}/_/chunked"),
        client.status(200),
        client.body(b"one,two,three"),
        client.whole(),
    ),
    keep(
        "resp-chunked-http10",
        "for a client of HTTP/1.0 chunks become a plain body",
        ask(request(f"{UP}/_/chunked", version="HTTP/1.0")),
        client.status(200),
        client.body(b"one,two,three"),
        client.framing("close", "length"),
    ),
    keep(
        "resp-big",
        "5 MiB, byte for byte",
        get(f"{UP}/_/big/{BIG}"),
        client.status(200),
        client.body(_BLOCKS),
        client.whole(),
    ),
    keep(
        "resp-http10",
        "an upstream of HTTP/1.0, ended by the close",
        get(f"{UP}/_/http10"),
        client.status(200),
        client.body(b"until close"),
        client.whole(),
    ),
    *(
        keep(
            f"resp-{name}",
            note,
            get(f"{UP}/_/{name}"),
            client.status(200),
            client.body(b"ok"),
        )
        for name, note in (
            ("no-reason", "a status line without a reason, and without its space"),
            ("empty-reason", "an empty reason"),
            ("in-pieces", "a response that arrives in pieces"),
        )
    ),
    keep(
        "resp-odd-fields",
        "empty values, values in white space, names in lower case or with underscores",
        get(f"{UP}/_/odd-fields"),
        client.status(200),
        client.field("x-lower", "1"),
        client.field("x-empty", ""),
        client.field("x-space", "a b"),
        client.field("x_under", "u"),
    ),
    keep(
        "resp-until-close",
        "a body that ends with the connection, in HTTP/1.1",
        get(f"{UP}/_/until-close"),
        client.status(200),
        client.body(b"until close"),
        client.whole(),
    ),
    keep(
        "resp-until-close-http10",
        "a body that ends with the connection, for a client of HTTP/1.0",
        ask(request(f"{UP}/_/until-close", version="HTTP/1.0")),
        client.status(200),
        client.body(b"until close"),
    ),
    keep(
        "resp-trailers",
        "trailers may be dropped; the body is whole",
        get(f"{UP}/_/trailers"),
        client.status(200),
        client.body(b"ok"),
        client.whole(),
    ),
    keep(
        "resp-204",
        "204 without a body or a length",
        get(f"{UP}/_/204"),
        client.status(204),
        client.nothing_behind(),
        client.field("x-up", "1"),
    ),
    decide(
        "resp-204-length",
        "a 204 with a length has no body all the same",
        get(f"{UP}/_/204-with-length"),
        client.status(204),
        client.nothing_behind(),
        sample_agrees="the same",
    ),
    keep(
        "resp-304-length",
        "a 304 with a length has no body; the connection goes on",
        (*get(f"{UP}/_/304-with-length", "Connection: keep-alive"), *get(f"{UP}/x")),
        client.statuses(304, 200),
    ),
    keep(
        "resp-304",
        "validators in both directions",
        get(f"{UP}/_/304", 'If-None-Match: "abc"'),
        client.status(304),
        client.field("etag", '"abc"'),
        client.nothing_behind(),
        upstream.field("if-none-match", '"abc"'),
    ),
    keep(
        "resp-206",
        "a range request and its answer",
        get(f"{UP}/_/206", "Range: bytes=0-1"),
        client.status(206),
        client.field("content-range", "bytes 0-1/10"),
        upstream.field("range", "bytes=0-1"),
    ),
    keep(
        "resp-401",
        "two challenges stay two",
        get(f"{UP}/_/401"),
        client.status(401),
        client.field_count("www-authenticate", 2),
        client.body(b"no"),
    ),
    keep(
        "resp-type",
        "one Content-Type, as the upstream sent it",
        get(f"{UP}/_/typed"),
        client.field("content-type", "application/json; charset=utf-8"),
    ),
    keep(
        "resp-no-type",
        "no Content-Type is invented",
        get(f"{UP}/_/untyped"),
        client.status(200),
        client.no_field("content-type"),
        client.body(b"ok"),
    ),
    keep(
        "resp-date",
        "one Date, one Server at most",
        get(f"{UP}/x"),
        client.field_count("date", 1),
        either(client.field_count("server", 1), client.no_field("server")),
    ),
    *(
        keep(
            f"resp-{code}",
            f"an upstream's {code} passes with its body",
            get(f"{UP}/_/status/{code}"),
            client.status(code),
            client.body(f"upstream body {code}".encode()),
            client.field("x-up", "1"),
        )
        for code in (403, 404, 408, 409, 421, 425, 429, 451, 500, 502, 503, 504, 599)
    ),
    fix(
        "resp-400",
        "an upstream's 400 passes with its body; the sample's error_page makes 404 of it",
        get(f"{UP}/_/status/400"),
        client.status(400),
        client.body(b"upstream body 400"),
    ),
    fix(
        "resp-400-post",
        "an upstream's 400 for a POST; the sample makes 404 of it",
        post(f"{UP}/_/status/400"),
        client.status(400),
        client.body(b"upstream body 400"),
    ),
    fix(
        "resp-400-put",
        "an upstream's 400 for a PUT; the sample makes 405 of it",
        ask(request(f"{UP}/_/status/400", method="PUT", body=b"x")),
        client.status(400),
        client.body(b"upstream body 400"),
    ),
    fix(
        "resp-405",
        "an upstream's 405; the sample makes 404 of it",
        get(f"{UP}/_/status/405"),
        client.status(405),
        client.body(b"upstream body 405"),
    ),
    fix(
        "resp-400-root",
        "an upstream's 400 for '/': the sample shows NGINX's welcome page, with 200",
        get("/status400.example.com/"),
        client.status(400),
        client.body(b"upstream body 400"),
    ),
    *(
        keep(
            f"resp-interim-{code}",
            f"a {code} before the final response",
            get(f"{UP}/_/{code}"),
            client.status(200),
            client.body(f"after {code}".encode()),
            client.interim((), (code,), (code, code)),
        )
        for code in (100, 102, 103)
    ),
    decide(
        "resp-latin1",
        "bytes outside ASCII in a value cross as they are",
        get(f"{UP}/_/latin1"),
        client.status(200),
        client.field("x-l", "\xe4\xf6"),
        sample_agrees="it copies bytes",
    ),
)


CASES = PASSING
