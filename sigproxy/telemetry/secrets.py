"""Access keys never appear in what we say: neither the route's own, nor one that was refused."""

import re
from collections.abc import Iterable
from dataclasses import replace

from sigproxy.errors import KeyRefused
from sigproxy.exchange import Exchange
from sigproxy.policies.keys import looks_like_a_key
from sigproxy.semantics.fields import Field

HIDDEN = b"-"

_SHOWN_FIELDS = (b"referer", b"user-agent")


def without_keys(exchange: Exchange, keys: frozenset[bytes]) -> Exchange:
    """Return *exchange* as it may be shown: "-" stands wherever a key was.

    *keys* are those of all routes. What stood at a key's place is hidden even if it is none of
    them, as yesterday's key or one with a slip in it would be; a host there is not, so that a
    forgotten key can be seen.
    """
    if not keys:
        return exchange
    hidden = keys | _refused(exchange)
    return replace(
        exchange,
        request_target=_hidden_in(_hidden_segments(exchange.request_target, hidden), keys),
        upstream_path=_hidden_in(exchange.upstream_path, keys) if exchange.upstream_path else None,
        fields=tuple(_hidden_field(field, hidden) for field in exchange.fields),
        detail=_hidden_in_text(exchange.detail, keys) if exchange.detail else None,
    )


def _refused(exchange: Exchange) -> set[bytes]:
    """Return the segments that may be a key which was not admitted, or never looked at."""
    key = exchange.key
    is_host = key is not None and (b"." in key or b":" in key)
    refused = {key} if key and not is_host else set()
    if exchange.error == KeyRefused.token:
        prefix = (exchange.route or "").encode().split(b"/")
        refused |= _like_keys(exchange.request_target).difference(prefix)
    elif exchange.route is None:  # refused before there was a route: TRACE, no_route
        refused |= set(filter(_is_random, _like_keys(exchange.request_target)))
    return refused


def _is_random(segment: bytes) -> bool:
    """Tell what `openssl rand` makes from words like "get-qualityrtc-config"."""
    return any(byte in b"0123456789" for byte in segment)


def _like_keys(url: bytes) -> set[bytes]:
    path = url.partition(b"?")[0].partition(b"#")[0]
    return {each for each in path.split(b"/") if looks_like_a_key(each)}


def _hidden_segments(request_target: bytes, hidden: Iterable[bytes]) -> bytes:
    path, *behind = re.split(rb"([?#])", request_target, maxsplit=1)
    segments = [HIDDEN if each in hidden else each for each in path.split(b"/")]
    return b"/".join(segments) + b"".join(behind)


def _hidden_field(field: Field, keys: Iterable[bytes]) -> Field:
    name, value = field
    if name.lower() == b"referer":
        value = _hidden_segments(value, set(filter(_is_random, _like_keys(value))) | set(keys))
    return (name, _hidden_in(value, keys)) if name.lower() in _SHOWN_FIELDS else field


def _hidden_in_text(text: str, keys: Iterable[bytes]) -> str:
    # A detail may quote what an upstream sent, bytes that are no UTF-8 among it.
    hidden = _hidden_in(text.encode("utf-8", "surrogatepass"), keys)
    return hidden.decode("utf-8", "surrogatepass")


def _hidden_in(text: bytes, keys: Iterable[bytes]) -> bytes:
    for key in sorted(keys, key=len, reverse=True):  # one may begin with another
        text = text.replace(key, HIDDEN)
    return text
