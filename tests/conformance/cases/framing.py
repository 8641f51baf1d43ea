"""Where a body ends, and what hides behind it (RFC 9112, 6 and 7)."""

from tests.conformance.cases.build import (
    CLOSE,
    KIB,
    SMUGGLED,
    get,
    pipelined,
    post,
    refused,
    served,
)
from tests.conformance.model import OWN, Row

CHUNKED = "Transfer-Encoding: chunked"
NOTHING = "0\r\n\r\n"  # a chunked body
HELLO = "5\r\nhello\r\n0\r\n\r\n"
_LENGTH = "RFC 9110, 8.6"
_BOTH = "RFC 9112, 6.3"
_CODING = "RFC 9112, 6.1"
_FOLD = "RFC 9112, 5.2"
_KEEP = "Connection: keep-alive"
_WHOLE = f"Content-Length: {len(NOTHING + SMUGGLED)}"

LENGTHS = (
    *(
        refused(f"length-{name}", _LENGTH, post(f"Content-Length:{value}", body=f"abc{SMUGGLED}"))
        for name, value in (
            ("plus", " +3"),
            ("minus", " -3"),
            ("hex", " 0x3"),
            ("letters", " abc"),
            ("empty", ""),
            ("blank", " \t"),
            ("list", " 3, 4"),
            ("word-behind", " 3 4"),
            ("fraction", " 3.0"),
            ("exponent", " 3e0"),
            ("underscore", " 1_0"),
            ("quotes", ' "3"'),
            ("NUL", " 3\0"),
            ("vertical-tab", " \x0b3"),
            ("beyond-ASCII", " \xb3"),
            ("huge", " 99999999999999999999"),
            ("wraps-32", " 4294967299x"),
            ("semicolon", " 3;4"),
        )
    ),
    refused(
        "length-wraps-64",
        _LENGTH,
        post("Content-Length: 18446744073709551619", body="abc"),
        400,
        413,
    ),
    refused(
        "length-space-colon", "RFC 9112, 5.1", post("Content-Length : 3", body=f"abc{SMUGGLED}")
    ),
    refused(
        "length-two",
        _BOTH,
        post("Content-Length: 3", f"Content-Length: {3 + len(SMUGGLED)}", body=f"abc{SMUGGLED}"),
    ),
    served(
        "length-same", _BOTH, post("Content-Length: 3", "Content-Length: 3", CLOSE, body="abc"), 400
    ),
    served("length-same-list", _BOTH, post("Content-Length: 3, 3", CLOSE, body="abc"), 400),
    served("length-zeros", _LENGTH, post("Content-Length: 0003", CLOSE, body="abc"), 400),
    served("length-white-space", "RFC 9112, 5.1", post("Content-Length: \t3 ", CLOSE, body="abc")),
    served("length-0", _LENGTH, post("Content-Length: 0", CLOSE)),
    served("length-none", _BOTH, post(CLOSE)),
    served(
        "length-of-GET",
        "RFC 9110, 9.3.1",
        get(f"Host: {OWN}", f"Content-Length: {len(SMUGGLED)}", CLOSE) + SMUGGLED,
    ),
)

CODINGS = (
    *(
        refused(
            f"coding-{name}",
            _CODING,
            post(f"Transfer-Encoding:{value}", body=NOTHING + SMUGGLED),
            400,
            501,
        )
        for name, value in (
            ("gzip-chunked", " gzip, chunked"),
            ("chunked-gzip", " chunked, gzip"),
            ("twice", " chunked, chunked"),
            ("identity", " identity"),
            ("chunked-identity", " chunked, identity"),
            ("identity-chunked", " identity, chunked"),
            ("xchunked", " xchunked"),
            ("chunkedx", " chunkedx"),
            ("parameter", " chunked;a=b"),
            ("quoted", ' "chunked"'),
            ("empty", ""),
            ("blank", " \t"),
            ("fold-behind", " chunked\r\n , gzip"),
            ("vertical-tab", " \x0bchunked"),
            ("NUL", " chunked\0"),
            ("DEL", " chunked\x7f"),
            ("bare-CR", " chunked\r"),
            ("beyond-ASCII", " \xa0chunked"),
            ("space-inside", " chun ked"),
        )
    ),
    refused(
        "coding-space-colon",
        "RFC 9112, 5.1",
        post("Transfer-Encoding : chunked", body=NOTHING + SMUGGLED),
    ),
    refused("coding-two-lines", _CODING, post(CHUNKED, CHUNKED, body=NOTHING + SMUGGLED), 400, 501),
    refused(
        "coding-two-kinds",
        _CODING,
        post(CHUNKED, "Transfer-Encoding: identity", body=NOTHING + SMUGGLED),
        400,
        501,
    ),
    # Refused, or made one line; then it is right.
    pipelined("length-fold", _FOLD, post("Content-Length:\r\n 3", body="abc"), 200, 400),
    pipelined("coding-fold", _FOLD, post("Transfer-Encoding:\r\n chunked", body=NOTHING), 200, 400),
    # Refused, or read as chunked; closed in any case.
    *(
        served(f"both-{name}", source, raw + SMUGGLED, 400, 501, never="smuggled")
        for name, source, raw in (
            ("HTTP-1.0", _CODING, post(CHUNKED, _KEEP, body=NOTHING, version="HTTP/1.0")),
            (
                "HTTP-1.0-length",
                _CODING,
                post(CHUNKED, "Content-Length: 5", _KEEP, body=NOTHING, version="HTTP/1.0"),
            ),
            ("length-first", _BOTH, post(_WHOLE, CHUNKED, body=NOTHING)),
            ("coding-first", _BOTH, post(CHUNKED, _WHOLE, body=NOTHING)),
            ("length-5", _BOTH, post("Content-Length: 5", CHUNKED, body=NOTHING)),
            ("length-0", _BOTH, post("Content-Length: 0", CHUNKED, body=NOTHING)),
            ("length-bad", _BOTH, post("Content-Length: x", CHUNKED, body=NOTHING)),
        )
    ),
    served("coding-upper-case", _CODING, post("Transfer-Encoding: CHUNKED", CLOSE, body=HELLO)),
    served(
        "coding-white-space",
        "RFC 9112, 5.1",
        post("Transfer-Encoding: \tchunked ", CLOSE, body=HELLO),
    ),
    served(
        "coding-empty-element",
        "RFC 9110, 5.6.1",
        post("Transfer-Encoding: , chunked", CLOSE, body=HELLO),
        400,
        501,
    ),
)

_CHUNK = "RFC 9112, 7.1"
CHUNKS = (
    *(
        refused(f"chunk-{name}", source, post(CHUNKED, body=body + SMUGGLED))
        for name, source, body in (
            ("word", _CHUNK, "xyz\r\nhello\r\n0\r\n\r\n"),
            ("minus", _CHUNK, "-5\r\nhello\r\n0\r\n\r\n"),
            ("plus", _CHUNK, "+5\r\nhello\r\n0\r\n\r\n"),
            ("hex", _CHUNK, "0x5\r\nhello\r\n0\r\n\r\n"),
            ("underscore", _CHUNK, "0_5\r\nhello\r\n0\r\n\r\n"),
            ("empty-size", _CHUNK, "\r\nhello\r\n0\r\n\r\n"),
            ("space-in-front", _CHUNK, " 5\r\nhello\r\n0\r\n\r\n"),
            ("tab-in-front", _CHUNK, "\t5\r\nhello\r\n0\r\n\r\n"),
            ("space-inside", _CHUNK, "0 5\r\nhello\r\n0\r\n\r\n"),
            ("NUL", _CHUNK, "5\0\r\nhello\r\n0\r\n\r\n"),
            ("wraps-64", _CHUNK, "10000000000000005\r\nhello\r\n0\r\n\r\n"),
            ("overflows", _CHUNK, "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
            ("longer", _CHUNK, "5\r\nhello!\r\n0\r\n\r\n"),
            ("shorter", _CHUNK, "5\r\nhell\r\n0\r\n\r\n"),
            ("no-end", _CHUNK, "5\r\nhello0\r\n\r\n"),
            ("two-CR", _CHUNK, "5\r\r\nhello\r\n0\r\n\r\n"),
            ("bare-CR", "RFC 9112, 2.2", "5\rhello\r\n0\r\n\r\n"),
            ("bare-LF-size", "RFC 9112, 2.2", "5\nhello\r\n0\r\n\r\n"),
            ("bare-LF-data", "RFC 9112, 2.2", "5\r\nhello\n0\r\n\r\n"),
            ("bare-LF-last", "RFC 9112, 2.2", "5\r\nhello\r\n0\n\n"),
            ("other-end", _CHUNK, "5\r\nhelloXX0\r\n\r\n"),
            ("extension-LF", "RFC 9112, 7.1.1", "5;a\nhello\r\n0\r\n\r\n"),
            ("extension-CR", "RFC 9112, 7.1.1", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
            ("extension-NUL", "RFC 9112, 7.1.1", "5;a\0\r\nhello\r\n0\r\n\r\n"),
            ("comma", "RFC 9112, 7.1.1", "5,a\r\nhello\r\n0\r\n\r\n"),
            ("trailer-space-colon", "RFC 9112, 7.1.2", "0\r\nX-A : 1\r\n\r\n"),
            ("trailer-no-colon", "RFC 9112, 7.1.2", "0\r\nX-A\r\n\r\n"),
            ("trailer-fold", "RFC 9112, 7.1.2", "0\r\nX-A: 1\r\n b\r\n\r\n"),
            ("trailer-NUL", "RFC 9112, 7.1.2", "0\r\nX-A: \0\r\n\r\n"),
            ("trailer-bare-CR", "RFC 9112, 7.1.2", "0\r\nX-A: 1\rX-B: 2\r\n\r\n"),
        )
    ),
    served(
        "chunk-endless-size",
        _CHUNK,
        post(CHUNKED, CLOSE, body="0" * 100 * KIB + "5\r\nhello\r\n0\r\n\r\n"),
        400,
        413,
        431,
    ),
    # A server "ought to limit" them; the body's own limits do.
    served(
        "chunk-endless-extension",
        "RFC 9112, 7.1.1",
        post(CHUNKED, CLOSE, body="5;" + "a" * 200 * KIB + "\r\nhello\r\n0\r\n\r\n"),
        400,
        413,
        431,
    ),
    refused(
        "chunk-endless-trailer",
        "RFC 9112, 7.1.2",
        post(CHUNKED, body="0\r\nX-A: " + "a" * 200 * KIB + "\r\n\r\n"),
        400,
        413,
        431,
    ),
    served("chunk-zeros", _CHUNK, post(CHUNKED, CLOSE, body="005\r\nhello\r\n000\r\n\r\n"), 400),
    served("chunk-upper-case", _CHUNK, post(CHUNKED, CLOSE, body="A\r\nhellohello\r\n0\r\n\r\n")),
    served(
        "chunk-extension",
        "RFC 9112, 7.1.1",
        post(CHUNKED, CLOSE, body='5;a="b"\r\nhello\r\n0\r\n\r\n'),
    ),
    served(
        "chunk-space-behind",
        "RFC 9112, 7.1.1",
        post(CHUNKED, CLOSE, body="5 \r\nhello\r\n0\r\n\r\n"),
        400,
    ),
    served(
        "chunk-trailer",
        "RFC 9110, 6.5.1",
        post(CHUNKED, CLOSE, body="0\r\nContent-Length: 7\r\nAuthorization: x\r\n\r\n"),
        400,
        never="Authorization",
    ),
)

ROWS: tuple[Row, ...] = LENGTHS + CODINGS + CHUNKS
