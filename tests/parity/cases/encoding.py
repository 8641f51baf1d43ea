"""Path and query reach the upstream byte for byte (RFC 3986, 2.1 and 6.2.2; RFC 9110, 4.2.3)."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, Check, Observation, decide, fix, keep, refuse
from tests.parity.requests import UP, get

# The sample decodes and encodes a path anew as soon as it has a %XX or a "+".
REENCODED = "the sample decodes and re-encodes it"
CHANGED = {
    "slash": "/a%2Fb",
    "space": "/a%20b",
    "question": "/a%3Fb?q=1",
    "percent": "/a%25b",
    "twice": "/a%252Fb",
    "hash": "/a%23b",
    "pluses": "/a+b%2Bc",
    "plus": "/a+b",
    "semicolon-later": "/a;p=1/b%20c",
    "utf8": "/%C3%A4%E2%82%AC",
    "semicolons": "/a;p=1/b%3Bc",
    "unreserved": "/%7Ea%41%2D",
    "lower-case": "/a%2fb%c3%a4",
    "teams-thread": "/19%3Ameeting_x%40thread.v2/m",
    "unsafe": "/a%22%3C%3E%5E%60%7B%7D%7C%5C",
    "empty-query": "/q?",
}
KEPT = {
    "sub-delims": "/a!$&'()*,=:@",
    "semicolon": "/a;p=1/b",
    "query": "/q?a=%2F%20%3F%25&b=1+2&c=%e4&d=a;b&e=[x]&f='",
    "query-url": "/q?u=https://a.com/b?c=d",
    "query-json": "/v4/c?tc=%7B%22cv%22:%222026%22,%22v%22:%223617/2%22%7D&ccid=&dom=x",
    "query-dots": "/q?x=../../y&z=//",
}


def _untouched_or_refused(target: str) -> Check:
    """Bytes that no URL has: refused, or passed on as they are; never repaired."""

    def check(seen: Observation) -> str | None:
        if seen.status == 400:
            return client.refused(400)(seen)
        return upstream.got(target=target)(seen)

    return check


_byte_exact = tuple(
    make(
        f"enc-{name}",
        note,
        get(UP + path),
        client.status(200),
        upstream.got(target=path),
    )
    for make, note, paths in ((fix, REENCODED, CHANGED), (keep, "unchanged", KEPT))
    for name, path in paths.items()
)

CASES: tuple[Case, ...] = (
    *_byte_exact,
    refuse(
        "enc-nul",
        "%00 in the path crosses as it is or is refused; it never becomes a NUL",
        get(f"{UP}/a%00b"),
        _untouched_or_refused("/a%00b"),
        sample_agrees="it answers 400",
    ),
    decide(
        "enc-bad-percent",
        "a percent sign without two digits",
        get(f"{UP}/a%zzb"),
        _untouched_or_refused("/a%zzb"),
        sample_agrees="it answers 400",
    ),
    decide(
        "enc-raw-utf8",
        "raw bytes outside ASCII; the sample encodes them",
        get(f"{UP}/\xc3\xa4"),
        _untouched_or_refused("/\xc3\xa4"),
    ),
    decide(
        "enc-raw-quotes",
        "raw characters that RFC 3986 forbids; the sample encodes them",
        get(f'{UP}/a"<>b|c'),
        _untouched_or_refused('/a"<>b|c'),
    ),
    decide(
        "enc-fragment",
        "a fragment never goes upstream (RFC 9110, 7.1)",
        get(f"{UP}/a#frag"),
        upstream.no_text("#frag"),
        client.status(200, 400),
        sample_agrees="it cuts the fragment off",
    ),
    refuse(
        "enc-crlf-path",
        "an encoded CRLF in the path stays encoded, or is refused",
        get(f"{UP}/a%0d%0aX-Inj:%201"),
        upstream.no_text("\r\nX-Inj"),
        sample_agrees="it encodes the line end anew",
    ),
)
