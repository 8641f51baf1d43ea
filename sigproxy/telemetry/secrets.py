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

    What stood at a key's place is hidden even if it is none of *keys*, as yesterday's key or one
    with a slip in it would be; a host there is not, so that a forgotten key can be seen.
    """
    refused = exchange.key
    if refused and (b"." in refused or b":" in refused):
        refused = None
    if not keys and not refused:
        return exchange
    segments = keys | ({refused} if refused else set())
    if _is_refused(exchange, keys):
        segments |= _like_keys(exchange.request_target)
    return replace(
        exchange,
        request_target=_hidden_in(_hidden_segments(exchange.request_target, segments), keys),
        upstream_path=_hidden_in(exchange.upstream_path, keys) if exchange.upstream_path else None,
        fields=tuple(_hidden_field(field, segments) for field in exchange.fields),
        detail=_hidden_in(exchange.detail.encode(), keys).decode() if exchange.detail else None,
    )


def _is_refused(exchange: Exchange, keys: frozenset[bytes]) -> bool:
    """Whether what looks like a key may be one that was refused, or that was never looked at."""
    unseen = exchange.key not in keys and exchange.upstream is None
    return bool(keys) and (unseen or exchange.error == KeyRefused.token)


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
        value = _hidden_segments(value, _like_keys(value) | set(keys))
    return (name, _hidden_in(value, keys)) if name.lower() in _SHOWN_FIELDS else field


def _hidden_in(text: bytes, keys: Iterable[bytes]) -> bytes:
    for key in sorted(keys, key=len, reverse=True):  # one may begin with another
        text = text.replace(key, HIDDEN)
    return text
