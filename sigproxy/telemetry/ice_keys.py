"""Hide what may be a key of ``/-/ice``, however a client spells the path.

The key may be one that is no more, so that nothing knows it but its place. Behind ``/-/ice/`` all
is hidden, wherever a text has that, with any slashes, capitals and percent-encoding. In a request
that was refused before it had an upstream, the page's name may have a slip too ("/-/icee/<key>",
"/ice/<key>"): there, each run of characters that is as long as a key is hidden.
"""

import re

from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import ENCODED_RUN, HIDDEN
from sigproxy.policies.keys import MIN_LENGTH

SLASH = r"(?:[/\\]|%(?:25)*(?:2[Ff]|5[Cc]))"
_DASH = r"(?:-|%(?:25)*2[Dd])"
_ICE = "".join(f"(?:{each}|{each.upper()}|%(?:25)*[46]{ord(each) & 15})" for each in "ice")
_DOT = r"(?:\.|%(?:25)*2[Ee])"
_PAGE = rf"({_DASH}{SLASH}++(?:{_DOT}{SLASH}++)*{_ICE}(?![A-Za-z0-9_~-]){SLASH}*+)"
_IN_URL = re.compile(rf"{_PAGE}[^?#]+")
_IN_SENTENCE = re.compile(rf"""{_PAGE}[^?#\s'"<>]+""")
_NAMED = re.compile(rf"(?:^|{SLASH})(?:{_DASH}|{_DASH}?{_ICE})(?:{SLASH}|[#;]|$)")
# What is encoded and is no character of a key divides runs: in "%2Fkey" the F is none of the key's.
_RUN = re.compile(rf"({ENCODED_RUN.pattern})|%(?:25)*[0-9A-Fa-f]{{2}}")
_VALUE = re.compile(r"=[^&]*")
_NONE: frozenset[str] = frozenset()


def without_in_url(url: str) -> str:
    """Return *url*, or a path, with "-" for all that stands behind ``/-/ice/`` in its path."""
    return _IN_URL.sub(rf"\1{HIDDEN}", url) if _may_name_it(url) else url


def without_in_sentence(text: str) -> str:
    """Return *text*, which may quote a URL, with "-" for what stands behind ``/-/ice/`` there."""
    return _IN_SENTENCE.sub(rf"\1{HIDDEN}", text) if _may_name_it(text) else text


def _may_name_it(text: str) -> bool:
    """Return whether *text* has a dash and a slash behind it, in some spelling; soon told."""
    return "-/" in text or "-%" in text or "2d" in text or "2D" in text or "-\\" in text


def slips(exchange: Exchange) -> frozenset[str]:
    """Return what may be a key in the path or a query name of a refused request for an own page."""
    is_answered = exchange.error is None and exchange.issued is None
    if is_answered or exchange.upstream is not None:
        return _NONE
    path, mark, query = exchange.request_target.decode("latin-1").partition("?")
    named = _NAMED.search(path)
    if named is None:
        return _NONE
    names = mark + _VALUE.sub("", query)
    runs = filter(None, _RUN.findall(path[named.start() :] + names))
    return frozenset(each for run in runs for each in (run, _behind_ice(run)))


def _behind_ice(run: str) -> str:
    """Return the key of a run such as "ice-<key>"; the run itself if it is none."""
    key = re.sub(rf"^{_ICE}[_~-]*", "", run)
    return key if len(key) >= MIN_LENGTH else run
