"""Check the web pages' origins in a configuration (RFC 6454; HTML's serialization of an origin).

Hybrid apps have their own schemes, and Origin then has the host exactly as the app writes it:
capacitor://localhost, app://-, chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb. Electron and
Android's WebView send file:// for every local file.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from sigproxy.config import values
from sigproxy.config.masking import quoted
from sigproxy.config.problem import Invalid
from sigproxy.config.suffixes import has_strangers
from sigproxy.semantics.authority import HTTP_PORT, HTTPS_PORT, Authority

LOCAL_FILES = "file://"

_REMEDY = "write scheme, host and port only, as browsers do: https://app.example.com"
_OWN_SCHEME = "give the page an origin of its own (https://, or an app's scheme: app://localhost)"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
# The host in an app's own scheme (WHATWG URL, 3.5: an opaque host). Apps with only one host often
# use "-" or ".", and some (qrc://) have none.
_APP_HOST = re.compile(r"(?:[A-Za-z0-9._~-]{1,253}(?::[1-9][0-9]{0,4})?)?\Z")
_OPAQUE = frozenset({"data", "about", "javascript", "ftp", "content"})  # Origin: null
_NOT_A_PAGES = {"ws": "http", "wss": "https"}


def origin(text: str) -> str:
    """Return *text* in the form that is compared with Origin fields."""
    if text == "*":
        return text
    scheme, rest = _split(text)
    if scheme in ("http", "https"):
        _check_web_origin(text, scheme, rest)
        return text
    _check_app_origin(text, scheme, rest)
    return text.lower()  # Safari's extensions have capitals in their host


def _split(text: str) -> tuple[str, str]:
    if text == "null":
        raise Invalid(
            "'null' is the origin of every sandboxed frame and local file, hostile ones included",
            f"{_OWN_SCHEME} and list that",
        )
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.match(scheme):
        raise Invalid(f"{quoted(text)} is not an origin", _REMEDY)
    if "@" in rest:
        raise Invalid(f"{quoted(text)} has a user name or a password in it", _REMEDY)
    if text == "file:///" or (scheme == "file" and rest):
        raise Invalid(f"{quoted(text)} is not what pages in local files send", "write file://")
    if set(rest) & set("/?#\\"):
        raise Invalid(f"{quoted(text)} has more than an origin: a path or a final '/'", _REMEDY)
    return scheme.lower(), rest


def _check_web_origin(text: str, scheme: str, rest: str) -> None:
    if text != text.lower():
        raise Invalid(
            f"{quoted(text)} has capitals, and origins are lower-case",
            f"write {quoted(text.lower())[1:-1]}",
        )
    name = rest.removeprefix("*.")
    authority = values.parse_authority(name, _REMEDY, default_port=0, shown=text)
    _check_wildcard(text, name != rest, authority)
    if authority.port == {"http": HTTP_PORT, "https": HTTPS_PORT}[scheme]:
        raise Invalid(f"{quoted(text)} names the default port, which browsers omit", _REMEDY)
    if scheme == "http" and not _is_local(authority):
        # Browsers allow camera and microphone only in secure contexts; localhost is one.
        raise Invalid(f"{quoted(text)} is http and not localhost", "serve the page by https")


def _check_wildcard(text: str, is_wildcard: bool, authority: Authority) -> None:
    if is_wildcard and (authority.is_ip or "." not in authority.host):
        raise Invalid(
            f"{quoted(text)} covers strangers' origins too", "name a domain: https://*.example.com"
        )


def _check_app_origin(text: str, scheme: str, rest: str) -> None:
    if scheme in _OPAQUE:
        raise Invalid(
            f"pages of {scheme}: have the origin 'null', as every sandboxed frame has",
            f"{_OWN_SCHEME} and list that",
        )
    if scheme in _NOT_A_PAGES:
        web = _NOT_A_PAGES[scheme]
        raise Invalid(
            f"{quoted(text)} is a WebSocket's address, not a page's origin",
            f"write the page's: {web}://...",
        )
    if rest.startswith("*."):
        name = rest.removeprefix("*.")
        authority = values.parse_authority(name, _REMEDY, default_port=0, shown=text)
        _check_wildcard(text, True, authority)
    elif not _APP_HOST.match(rest) or (not rest and scheme.endswith("-extension")):
        if "*" in rest:
            raise Invalid(
                f"{quoted(text)} covers strangers' origins too", "list each origin in full"
            )
        raise Invalid(
            f"{quoted(text)} has no host that an app's page could have",
            "write the origin as the app sends it, for example app://localhost or app://-",
        )


def _is_local(authority: Authority) -> bool:
    if authority.is_ip:
        return ip_address(authority.host).is_loopback
    return authority.host == "localhost" or authority.host.endswith(".localhost")


def origins(texts: tuple[str, ...]) -> tuple[str, ...]:
    if "*" in texts and len(texts) > 1:
        raise Invalid("'*' is listed with other origins", "list '*' alone, or only the origins")
    return texts


def remarks(listed: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Say what origins let in beside what they are meant for; *listed*: by the table's name."""
    for table, origins_ in listed:
        for text in origins_:
            _, is_wildcard, name = text.partition("://*.")
            if text == LOCAL_FILES:
                yield (
                    f"{table}.allowed_origins: {LOCAL_FILES} is every page in a local file, "
                    "also one that a user downloaded and opened; prefer a scheme of the app's own, "
                    "such as app://localhost"
                )
            elif is_wildcard and has_strangers(name.partition(":")[0]):
                yield (
                    f"{table}.allowed_origins: {text} covers strangers' pages, since anybody can "
                    "have one there; name your own: " + text.replace("*.", "app.", 1)
                )
