"""The request line and Host (RFC 9112, 2.3 and 3; RFC 9110, 7.2)."""

from tests.conformance.cases.build import CLOSE, HOST, KIB, get, line, refused, served
from tests.conformance.model import OWN, UP, Row


def _host(*values: str) -> str:
    return get(*(f"Host: {value}" for value in values), CLOSE)


def _target(target: str) -> str:
    return get(HOST, CLOSE, target=target)


def _version(version: str) -> str:
    return get(HOST, CLOSE, version=version)


_HOST = "RFC 9112, 3.2"
HOSTS = (
    refused("host-missing", _HOST, get(CLOSE)),
    refused("host-twice", _HOST, _host(OWN, OWN)),
    refused("host-two", _HOST, _host(OWN, "other.example.org")),
    refused("host-space-colon", _HOST, get(f"Host : {OWN}", CLOSE)),
    *(
        refused(f"host-{name}", _HOST, _host(value))
        for name, value in (
            ("empty", ""),
            ("list", f"{OWN}, other.example.org"),
            ("userinfo", f"user@{OWN}"),
            ("userinfo-empty", f"@{OWN}"),
            ("password", f"user:secret@{OWN}"),
            ("path", f"{OWN}/x"),
            ("query", f"{OWN}?x"),
            ("fragment", f"{OWN}#x"),
            ("scheme", f"https://{OWN}"),
            ("space", "proxy test"),
            ("tab", "proxy\ttest"),
            ("NUL", "proxy\0test"),
            ("backslash", "proxy\\test"),
            ("beyond-ASCII", "pr\xf6xy.test"),
            ("port-word", "proxy.test:abc"),
            ("port-minus", "proxy.test:-1"),
            ("ports", "proxy.test:443:443"),
            ("bracket", "[::1"),
            ("brackets-after", "127.0.0.1[::1]"),
        )
    ),
    # Not against the grammar, though no name of a host.
    *(
        served(f"host-{name}", "RFC 3986, 3.2.2", _host(value), 400)
        for name, value in (
            ("comma", "a,b"),
            ("percent", "proxy%2etest"),
            ("port-huge", "proxy.test:65536"),
            ("zone", "[fe80::1%25eth0]"),
            ("empty-label", "proxy..test"),
            ("too-long", ".".join(["a" * 60] * 5)),
        )
    ),
    served("host-upper-case", "RFC 9110, 4.2.3", _host("PROXY.TEST")),
    served("host-ipv6", "RFC 3986, 3.2.2", _host("[::1]:443")),
    served("host-white-space", "RFC 9112, 5.1", get(f"Host:   {OWN} \t", CLOSE)),
)

LINES = (
    refused("line-tabs", "RFC 9112, 3", line(f"GET\t{UP}/x\tHTTP/1.1")),
    refused("line-space-in-front", "RFC 9112, 3", line(f" GET {UP}/x HTTP/1.1")),
    refused("line-space-behind", "RFC 9112, 3", line(f"GET {UP}/x HTTP/1.1 ")),
    refused("line-four-parts", "RFC 9112, 3", line(f"GET {UP}/a b HTTP/1.1")),
    refused("line-no-version", "RFC 9112, 2.3", line(f"GET {UP}/x"), 400, 505),
    refused("line-method-alone", "RFC 9112, 3", line("GET")),
    refused("line-no-target", "RFC 9112, 3", line("GET HTTP/1.1")),
    refused("line-method-no-token", "RFC 9110, 5.6.2", line(f"G(T {UP}/x HTTP/1.1"), 400, 501),
    refused(
        "line-method-beyond-ASCII", "RFC 9110, 5.6.2", line(f"G\xcbT {UP}/x HTTP/1.1"), 400, 501
    ),
    refused("line-bare-CR", "RFC 9112, 2.2", f"GET {UP}/x HTTP/1.1\rHost: {OWN}\r\n\r\n"),
    refused("line-CR-in-target", "RFC 9112, 2.2", _target(f"{UP}/a\rb")),
    refused("line-garbage", "RFC 9112, 3", "\x01\x02\x03\r\n\r\n"),
    served("line-empty-in-front", "RFC 9112, 2.2", "\r\n" + line(f"GET {UP}/x HTTP/1.1")),
    served("line-two-spaces", "RFC 9112, 3", line(f"GET  {UP}/x HTTP/1.1"), 400),
    # Dropped like an empty line: nothing of it goes on.
    served("line-bare-CR-in-front", "RFC 9112, 2.2", "\r" + line(f"GET {UP}/x HTTP/1.1"), 400),
    served("line-bare-LF", "RFC 9112, 2.2", line(f"GET {UP}/x HTTP/1.1").replace("\r", ""), 400),
    refused("line-h2-preface", "RFC 9113, 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 405, 505),
    refused(
        "line-long-method",
        "RFC 9112, 3",
        line("G" * 40 * KIB + f" {UP}/x HTTP/1.1"),
        400,
        414,
        431,
        501,
    ),
    refused("line-long-target", "RFC 9112, 3", _target(f"{UP}/" + "a" * 33 * KIB), 414),
    refused("line-endless-target", "RFC 9112, 3", _target(f"{UP}/" + "a" * 200 * KIB), 414),
)

VERSIONS = (
    *(
        refused(f"version-{name}", "RFC 9112, 2.3", _version(version), 400, 505)
        for name, version in (
            ("2.0", "HTTP/2.0"),
            ("3.0", "HTTP/3.0"),
            ("0.9", "HTTP/0.9"),
            ("1", "HTTP/1"),
            ("1.", "HTTP/1."),
            ("1.1.1", "HTTP/1.1.1"),
            ("01.1", "HTTP/01.1"),
            ("1.10", "HTTP/1.10"),
            ("comma", "HTTP/1,1"),
            ("plus", "HTTP/+1.1"),
            ("space", "HTTP/ 1.1"),
            ("lower-case", "http/1.1"),
            ("other-name", "HTTPS/1.1"),
            ("letter", "HTTP/1.x"),
        )
    ),
    # To be read as 1.1 (RFC 9110, 2.5); to refuse what nobody sends is safe.
    served("version-1.2", "RFC 9110, 2.5", _version("HTTP/1.2"), 400, 505),
    served("version-1.0", "RFC 9112, 2.3", _version("HTTP/1.0")),
    served("version-1.0-no-Host", "RFC 9112, 3.2", get(CLOSE, version="HTTP/1.0")),
)

_NOT_HERE = (400, 403, 404, 421)
TARGETS = (
    refused(
        "CONNECT", "RFC 9110, 9.3.6", line("CONNECT up.example.com:443 HTTP/1.1"), 400, 405, 501
    ),
    refused("CONNECT-path", "RFC 9110, 9.3.6", line(f"CONNECT {UP}/x HTTP/1.1"), 400, 405, 501),
    refused("TRACE", "RFC 9110, 9.3.8", line(f"TRACE {UP}/x HTTP/1.1"), 405, 501),
    Row(
        "OPTIONS-asterisk",
        "RFC 9110, 9.3.7",
        line("OPTIONS * HTTP/1.1").encode(),
        frozenset({200, 204, 400, 404, 405, 501}),
    ),
    refused("asterisk", "RFC 9112, 3.2.4", _target("*"), *_NOT_HERE),
    refused("authority-form", "RFC 9112, 3.2.3", _target("up.example.com:443"), *_NOT_HERE),
    refused("no-slash", "RFC 9112, 3.2.1", _target("x/y"), *_NOT_HERE),
    refused("fragment", "RFC 9112, 3.2", _target(f"{UP}/x#y")),
    served("absolute-own", "RFC 9112, 3.2.2", _target(f"https://{OWN}{UP}/x")),
    refused("absolute-other", "RFC 9112, 3.2.2", _target("http://up.example.com/x"), *_NOT_HERE),
    refused(
        "absolute-userinfo", "RFC 9110, 4.2.4", _target(f"https://user@{OWN}{UP}/x"), *_NOT_HERE
    ),
    refused("absolute-no-host", "RFC 9110, 4.2.1", _target(f"https://{UP}/x"), *_NOT_HERE),
    served("other-scheme", "RFC 9110, 4.2", _target(f"ftp://{OWN}{UP}/x"), *_NOT_HERE),
    refused("file-scheme", "RFC 9110, 4.2", _target("file:///etc/passwd"), *_NOT_HERE),
    refused("target-NUL", "RFC 3986, 2", _target(f"{UP}/a\0b")),
    refused("target-control", "RFC 3986, 2", _target(f"{UP}/a\x01b")),
    refused("target-DEL", "RFC 3986, 2", _target(f"{UP}/a\x7fb")),
    # Not a URL; the bytes cross unchanged, or are refused.
    served("target-beyond-ASCII", "RFC 3986, 2", _target(f"{UP}/a\xffb"), 400),
    served("target-encoded-CRLF", "RFC 3986, 2.1", _target(f"{UP}/a%0d%0aX:%20b"), never="\r\nX:"),
)

ROWS: tuple[Row, ...] = HOSTS + LINES + VERSIONS + TARGETS
