"""Request bodies (RFC 9112, 6; RFC 9110, 10.1.1)."""

import gzip

from tests.parity.checks import client, upstream
from tests.parity.model import Case, decide, fix, keep
from tests.parity.requests import ORIGIN, UP, ask, chunked, head, post, request
from tests.parity.steps import Pause, Receive, Send

PATH = f"{UP}/p"
MIB = 1 << 20
GZIPPED = gzip.compress(b"telemetry " * 40, mtime=0)
CHUNKED = "Transfer-Encoding: chunked"


def _chunked_post(body: bytes, *fields: str) -> bytes:
    return request(PATH, CHUNKED, *fields, method="POST", body=body)


CASES: tuple[Case, ...] = (
    keep(
        "body-post",
        "body, length and type unchanged",
        post(PATH, "Content-Type: application/json", body=b'{"a":1}'),
        client.status(200),
        upstream.got(method="POST", body=b'{"a":1}', framing="length"),
        upstream.field("content-type", "application/json"),
        upstream.field("content-length", "7"),
    ),
    keep(
        "body-empty",
        "Content-Length: 0",
        post(PATH, body=b""),
        client.status(200),
        upstream.got(method="POST", body=b""),
        upstream.field("content-length", "0"),
    ),
    keep(
        "body-none",
        "POST without a length",
        ask(request(PATH, method="POST")),
        client.status(200),
        upstream.got(method="POST", body=b""),
    ),
    keep(
        "body-get",
        "GET with a body",
        ask(request(PATH, body=b"why not")),
        client.status(200),
        upstream.got(method="GET", body=b"why not"),
    ),
    keep(
        "body-binary",
        "every byte value",
        post(PATH, body=bytes(range(256)) * 4),
        client.status(200),
        upstream.got(body=bytes(range(256)) * 4),
    ),
    *(
        keep(
            f"body-{coding}",
            "a coded body is not decoded on the way, even if it is not what it says",
            post(PATH, f"Content-Encoding: {coding}", body=body),
            client.status(200),
            upstream.got(body=body),
            upstream.field("content-encoding", coding),
        )
        for coding, body in (("gzip", GZIPPED), ("deflate", b"no deflate"), ("br", b"no br"))
    ),
    keep(
        "body-chunked-upper",
        "Transfer-Encoding: Chunked",
        ask(request(PATH, "Transfer-Encoding: Chunked", method="POST", body=chunked(b"ab"))),
        client.status(200),
        upstream.got(body=b"ab"),
    ),
    keep(
        "body-chunk-zeros",
        "a chunk size with leading zeros, and in upper case",
        ask(_chunked_post(b"000A\r\n0123456789\r\n0\r\n\r\n")),
        client.status(200),
        upstream.got(body=b"0123456789"),
    ),
    keep(
        "body-length-space",
        "white space around a length",
        ask(head(PATH, "Content-Length:  2 ", "Connection: close", method="POST") + b"ab"),
        client.status(200),
        upstream.got(body=b"ab"),
    ),
    keep(
        "body-chunked",
        "a chunked body",
        ask(_chunked_post(chunked(b"hello ", b"world"))),
        client.status(200),
        upstream.got(body=b"hello world"),
    ),
    keep(
        "body-chunk-extension",
        "chunk extensions end here (RFC 9112, 7.1.1)",
        ask(_chunked_post(b'5;a="b"\r\nhello\r\n0\r\n\r\n')),
        client.status(200),
        upstream.got(body=b"hello"),
    ),
    decide(
        "body-trailer",
        "trailers may be dropped; the body is whole",
        ask(_chunked_post(b"5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n", "Trailer: X-T")),
        client.status(200),
        upstream.got(body=b"hello"),
        sample_agrees="it drops trailers",
    ),
    keep(
        "body-expect",
        "100-continue is answered before the body is sent",
        (
            Send(
                head(
                    PATH,
                    "Expect: 100-continue",
                    "Content-Length: 5",
                    "Connection: close",
                    method="POST",
                )
            ),
            Pause(0.2),
            Send(b"hello"),
            Receive("POST"),
        ),
        client.status(200),
        client.interim((100,)),
        upstream.got(body=b"hello"),
    ),
    keep(
        "body-expect-http10",
        "a client of HTTP/1.0 gets no 100",
        ask(
            request(PATH, "Expect: 100-continue", method="POST", version="HTTP/1.0", body=b"hello")
        ),
        client.status(200),
        client.interim(()),
        upstream.got(body=b"hello"),
    ),
    decide(
        "body-expect-refused",
        "what is refused asks for no body first",
        ask(head("/evil.org/x", "Expect: 100-continue", "Content-Length: 5", method="POST")),
        client.refused(400, 403, 404),
        client.interim(()),
        sample_agrees="a path that does not match reads no body",
    ),
    decide(
        "body-expect-other",
        "an expectation that nobody knows: 417, or ignored",
        post(PATH, "Expect: 200-maybe"),
        client.status(200, 417),
        sample_agrees="it ignores the field",
    ),
    keep(
        "body-1m",
        "a body of 1 MiB",
        post(PATH, body=b"x" * MIB),
        client.status(200),
        upstream.body_size(MIB),
    ),
    fix(
        "body-1m1",
        "a body of 1 MiB and a byte; the sample's limit is NGINX's default",
        post(PATH, body=b"x" * (MIB + 1)),
        client.status(200),
        upstream.body_size(MIB + 1),
    ),
    fix(
        "body-chunked-2m",
        "2 MB in chunks; the sample's limit is NGINX's default",
        ask(_chunked_post(chunked(b"x" * 1_500_000, b"y" * 600_000))),
        client.status(200),
        upstream.body_size(2_100_000),
    ),
    decide(
        "body-17m",
        "above the limit of 16 MiB: 413 that a page may read",
        ask(request(PATH, ORIGIN, f"Content-Length: {17 * MIB}", method="POST")),
        client.refused(413),
        client.field_like("access-control-allow-origin", "."),
        client.own_error(),
    ),
    decide(
        "body-16m",
        "just within the limit",
        post(PATH, body=b"x" * (16 * MIB)),
        client.status(200),
        upstream.body_size(16 * MIB),
        timeout_s=15,
    ),
    decide(
        "body-chunked-17m",
        "above the limit, without a length",
        ask(_chunked_post(chunked(*[b"x" * MIB] * 17))),
        client.status(413),
        upstream.no_whole_body(),
        sample_agrees="its limit is 1 MiB",
        timeout_s=15,
    ),
)
