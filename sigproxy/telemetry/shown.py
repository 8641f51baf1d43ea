"""The texts of a log line from clients and upstreams, without keys, passwords and query values."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from sigproxy.telemetry import ice_keys, redaction

LONGEST = 1024  # characters of one value
LONGEST_TRACE = 128  # traceparent has 55; the others are a UUID or a little more

# Fields by which clients and their vendors find a request in other logs, and their names here: W3C
# Trace Context, the usual field for an id, Microsoft's correlation vector (Skype, Teams, ACS).
TRACES = (
    (b"traceparent", "traceparent"),
    (b"x-request-id", "client_request_id"),
    (b"ms-cv", "ms_cv"),
)

_TextOf = Callable[[bytes, KeyIndex], str]
_TRACE_FIELDS = frozenset(name for name, _ in TRACES)
_UNUSUAL_IN_TRACE = re.compile(r"[^A-Za-z0-9._:/+=@,;!~-]")
_BEHIND = re.compile(r"[?#]")


class Shown(NamedTuple):
    """Texts that may be logged; None if there is none."""

    method: str
    target: str
    referer: str
    user_agent: str
    upstream: str | None
    upstream_path: str | None
    detail: str | None
    traces: tuple[tuple[str, str], ...]  # names of TRACES, and values


def shown(exchange: Exchange, keys: KeyIndex = NO_KEYS) -> Shown:
    """Return what may be shown of *exchange*; *keys* are the access keys of all routes."""
    slips = ice_keys.slips(exchange)
    if keys or exchange.key or slips:  # of /-/ice, which may have one that is no more
        return _without_keys(exchange, keys, slips)
    path = exchange.upstream_path
    return Shown(
        exchange.method,
        shown_target(exchange.request_target, is_refused=exchange.upstream is None),
        _referer(f.first(exchange.fields, b"referer") or b"-"),
        _user_agent(f.first(exchange.fields, b"user-agent") or b"-"),
        _host(exchange.upstream, keys) if exchange.upstream else None,
        shown_target(path) if path else None,
        _detail(exchange.detail) if exchange.detail else None,
        _traces(exchange.fields),
    )


def _without_keys(exchange: Exchange, keys: KeyIndex, slips: frozenset[str]) -> Shown:
    refused = redaction.refused_keys(exchange)
    target, path, detail = exchange.request_target, exchange.upstream_path, exchange.detail
    if refused or slips:
        text = redaction.without_segments(target.decode("latin-1"), refused)
        target = redaction.without(text, slips).encode("latin-1")
        refused |= slips
    elif exchange.key and exchange.upstream:  # a valid key: replacing it is faster than a search
        target = target.replace(b"/" + exchange.key, b"/-")
    target_text = shown_target(target, is_refused=exchange.upstream is None)
    return Shown(
        keys.hidden_in(exchange.method),
        keys.hidden_in(target_text, is_cut=len(target_text) == LONGEST),
        redaction.without(_keyless(_keyless_referer, exchange, b"referer", keys), refused),
        redaction.without(_keyless(_keyless_user_agent, exchange, b"user-agent", keys), refused),
        _host(exchange.upstream, keys) if exchange.upstream else None,
        keys.hidden_in(shown_target(path), is_cut=len(path) >= LONGEST) if path else None,
        # It may quote texts of the client that were cut.
        keys.hidden_in(redaction.without(_detail(detail), refused), is_cut=True)
        if detail
        else None,
        tuple(
            (name, keys.hidden_in(redaction.without(value, refused), is_cut=True))
            for name, value in _traces(exchange.fields)
        ),
    )


def shown_target(request_target: bytes, *, is_refused: bool = False) -> str:
    """Return the request target with every query value replaced by "-".

    Vendors put credentials there under any name (apiKey, sig, token), so no value is kept.
    *is_refused* as in ``redaction.without_userinfo``.
    """
    text = ice_keys.without_in_url(request_target.decode("latin-1"))
    if "?" in text or "#" in text:
        path, mark, query = _split(text)
        text = path + mark + "&".join(map(_shown_part, query.split("&")))
    return redaction.without_userinfo(text, is_refused=is_refused)[:LONGEST]


def _shown_part(part: str) -> str:
    """Return a part of a query without its value; one without "=" may be a token itself."""
    name, equals, _ = part.partition("=")
    return f"{name}=-" if equals else "-" if name else ""


def _split(text: str) -> tuple[str, str, str]:
    found = _BEHIND.search(text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]


def _traces(fields: Iterable[Field]) -> tuple[tuple[str, str], ...]:
    if type(fields) is Fields and _TRACE_FIELDS.isdisjoint(fields.named):
        return ()  # as of most requests
    return tuple(
        (shown_as, _trace(value)) for name, shown_as in TRACES if (value := f.first(fields, name))
    )


def _trace(value: bytes) -> str:
    """Return a client's id, cut, without characters that no such id has."""
    text = ice_keys.without_in_url(value[:LONGEST_TRACE].decode("latin-1"))
    return _UNUSUAL_IN_TRACE.sub("?", text)


def _referer(value: bytes) -> str:
    url = ice_keys.without_in_url(_split(value.decode("latin-1"))[0])
    return redaction.without_userinfo(url)[:LONGEST]


def _user_agent(value: bytes) -> str:
    text = ice_keys.without_in_sentence(value.decode("latin-1"))
    return redaction.within_text(text)[:LONGEST]


@lru_cache(maxsize=1024)
def _host(upstream: Authority, keys: KeyIndex) -> str:
    return keys.hidden_in(str(upstream))


def _keyless(text_of: _TextOf, exchange: Exchange, name: bytes, keys: KeyIndex) -> str:
    value = f.first(exchange.fields, name) or b"-"
    # Cached, since a browser sends the same value in each request; but not if it is long.
    return _known(text_of, value, keys) if len(value) <= LONGEST else text_of(value, keys)


@lru_cache(maxsize=512)
def _known(text_of: _TextOf, value: bytes, keys: KeyIndex) -> str:
    return text_of(value, keys)


def _keyless_referer(value: bytes, keys: KeyIndex) -> str:
    referer = redaction.without_old_keys(_referer(value))
    return keys.hidden_in(referer, is_cut=len(referer) == LONGEST)


def _keyless_user_agent(value: bytes, keys: KeyIndex) -> str:
    text = _user_agent(value)
    return keys.hidden_in(text, is_cut=len(text) == LONGEST)


def _detail(detail: str) -> str:
    return redaction.within_sentence(ice_keys.without_in_sentence(detail))[:LONGEST]
