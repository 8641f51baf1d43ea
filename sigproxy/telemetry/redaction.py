"""Mask access keys, valid or not, and passwords in URLs.

A key is hidden anywhere in what a client or an upstream sent (``policies.key_index``). A refused
segment in a key's place is hidden too: it may be an old key, or one with a typing error. A host
there is shown, so that an operator can see that the key was forgotten.
"""

import re
from collections.abc import Iterable

from sigproxy.errors import KeyRefused
from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import HIDDEN, KeyIndex
from sigproxy.policies.keys import looks_like_a_key
from sigproxy.telemetry.ice_keys import SLASH, slips, without_in_url

_AT = "(?:@|%(?:25)*40)"
_COLON = "(?::|%(?:25)*3[Aa])"
# RFC 3986, 3.2.1; any case of the scheme, and slashes as lenient programs accept them.
_FIRST = re.compile(rf"^((?:[A-Za-z][A-Za-z0-9+.-]*:[/\\]+|[/\\]*))[^/\\?#]*{_AT}")
_NESTED = re.compile(rf"((?:{_COLON}|{SLASH}){SLASH})(?:(?!{SLASH})[^?#\s])*{_AT}")
# In a request target without a valid target, and in messages that quote it: all before an "@".
_ANYWHERE = re.compile(rf"""((?:^|[/\\?#\s'"<>]))[^/\\?#\s'"<>]+{_AT}""")

# In the error log: URLs from settings, whose password may have characters such as "/" or "@".
_IN_SETTING = re.compile(r"(://)\S*@")


def without_userinfo(url: str, *, is_refused: bool = False) -> str:
    """Return *url* with "-" for user and password, also those of a URL within its path.

    *is_refused*: it has no valid target, so any part may be the authority.
    """
    if "@" not in url and "40" not in url:
        return url
    url = _FIRST.sub(rf"\1{HIDDEN}@", url)
    if is_refused:
        return _ANYWHERE.sub(rf"\1{HIDDEN}@", url)
    return within_text(url)


def within_text(text: str) -> str:
    """Return *text* with "-" for user and password of any URL in it."""
    return _NESTED.sub(rf"\1{HIDDEN}@", text) if "@" in text or "40" in text else text


def within_error(text: str) -> str:
    """Return *text*, for the error log, with "-" for user and password of any URL in it."""
    return _IN_SETTING.sub(rf"\1{HIDDEN}@", text)


def within_sentence(text: str) -> str:
    """Return *text*, our own message that may quote a URL, with "-" for all before an "@"."""
    return _ANYWHERE.sub(rf"\1{HIDDEN}@", text) if "@" in text or "40" in text else text


def refused_keys(exchange: Exchange) -> frozenset[str]:
    """Return the segments that may be a key that was refused, or not checked."""
    if exchange.upstream is not None:  # the key was valid
        return _NONE
    key = exchange.key
    is_host = key is not None and (b"." in key or b":" in key)
    refused = {key} if key and not is_host else set()
    if exchange.error == KeyRefused.token:
        prefix = (exchange.route or "").encode().split(b"/")
        refused |= _like_keys(exchange.request_target).difference(prefix)
    elif exchange.route is None:  # refused before there was a route: TRACE, no_route
        refused |= set(filter(_is_random, _like_keys(exchange.request_target)))
    return frozenset(each.decode("latin-1") for each in refused)


def without_segments(url: str, hidden: Iterable[str]) -> str:
    """Return *url* with "-" for each segment of its path that is one of *hidden*."""
    path, *behind = re.split(r"([?#])", url, maxsplit=1)
    segments = [HIDDEN if each in hidden else each for each in path.split("/")]
    return "/".join(segments) + "".join(behind)


def without_old_keys(referer: str) -> str:
    """Return *referer*, the URL of a page that may be from the gateway, without old keys."""
    segments = [
        HIDDEN if _is_random(raw := each.encode("latin-1")) and looks_like_a_key(raw) else each
        for each in referer.split("/")
    ]
    return "/".join(segments)


def without(text: str, hidden: Iterable[str]) -> str:
    for each in sorted(hidden, key=len, reverse=True):  # one may begin with another
        text = text.replace(each, HIDDEN)
    return text


def shown_to_operator(exchange: Exchange, keys: KeyIndex) -> str:
    """Return the request target with "-" for keys; query values stay: the operator typed them."""
    target = without(exchange.request_target.decode("latin-1"), slips(exchange))
    target = without_in_url(target)
    if not keys:
        return target
    return keys.hidden_in(without_segments(target, refused_keys(exchange)))


_NONE: frozenset[str] = frozenset()


def _is_random(segment: bytes) -> bool:
    """Return whether it has a digit, as `openssl rand` makes, unlike "get-qualityrtc-config"."""
    return any(byte in b"0123456789" for byte in segment)


def _like_keys(url: bytes) -> set[bytes]:
    path = url.partition(b"?")[0].partition(b"#")[0]
    return {each for each in path.split(b"/") if looks_like_a_key(each)}
