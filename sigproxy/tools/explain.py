"""What the gateway would do with a request, told without a socket."""

import re
from collections.abc import Sequence

from sigproxy import routing
from sigproxy.assembly import access_keys, build_identity, build_limits, build_routes
from sigproxy.config import Settings
from sigproxy.errors import GatewayError
from sigproxy.exchange import Exchange
from sigproxy.gateway import ops
from sigproxy.gateway.forward import withheld
from sigproxy.policies.cors import is_preflight
from sigproxy.routing import Route
from sigproxy.semantics import fields as f
from sigproxy.semantics import forwarding, upgrade
from sigproxy.semantics import request as rules
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.target import Target
from sigproxy.telemetry import redaction

# An address for documentation (RFC 5737): it stands for the client's.
CLIENT = "192.0.2.1"
DEFAULT_HOST = b"gateway.example"


def explain(
    settings: Settings, method: str, target: str, headers: Sequence[str]
) -> tuple[list[str], bool]:
    """Return lines to print, and whether the request would be forwarded (or answered with 2xx)."""
    exchange = _exchange(settings, method, target, headers)
    lines: list[str] = []
    try:
        _decide(settings, exchange, lines)
    except GatewayError as error:
        exchange.error, exchange.detail = error.token, error.detail
        lines.append(_line("verdict", f"refused with {error.status} {error.token}"))
        if b"=-" in exchange.request_target:
            lines.append(
                _line("note", "the access log shows '-' for what it hides in a query; ask with")
            )
            lines.append(
                _line("", "upstream and upstream_path of its line: /ap/?url=<upstream><path>")
            )
    keys = access_keys(settings)
    shown = redaction.shown_to_operator(exchange, keys).encode("latin-1")
    lines.insert(0, _line("request", f"{method} {_text(shown)}"))
    if exchange.detail:
        lines.append(_line("because", keys.hidden_in(exchange.detail, is_cut=True)))
    return lines, exchange.detail is None


def _exchange(settings: Settings, method: str, target: str, headers: Sequence[str]) -> Exchange:
    host = settings.server.public_names[0].encode() if settings.server.public_names else None
    raw = target.encode("utf-8", "surrogateescape")
    scheme, separator, rest = raw.partition(b"://")
    if separator and scheme.lower() in (b"http", b"https", b"ws", b"wss"):
        host = re.split(rb"[/?#]", rest, maxsplit=1)[0]
        raw = rest.removeprefix(host)
        raw = raw if raw.startswith(b"/") else b"/" + raw  # as browsers send "wss://gateway?x=1"
    elif not raw.startswith(b"/"):
        raw = b"/" + raw
    given: Fields = tuple(map(_field, headers))
    if f.first(given, b"host") is None:
        given = ((b"Host", host or DEFAULT_HOST), *given)
    return Exchange(
        id="explain",
        started_at=0.0,
        started_s=0.0,
        peer=CLIENT,
        method=method,
        request_target=raw,
        fields=given,
    )


def _decide(settings: Settings, exchange: Exchange, lines: list[str]) -> None:
    """Take the handler's steps, in its order, and write down each result."""
    identity, limits = build_identity(settings), build_limits(settings)
    rules.check(exchange.method, exchange.version, exchange.fields)
    own = identity.own(exchange)
    path = rules.origin_form(exchange.request_target, own)
    if ops.is_own(path):
        lines.append(_line("verdict", "one of the gateway's own pages"))
        return
    route, rest = routing.match(build_routes(settings), path)
    exchange.route = route.name
    rest = _with_key(route, rest)
    exchange.key = route.keys.segment(rest)
    lines.append(_line("route", f"{route.name}  (dialect {route.dialect.name})"))
    rules.check_size(
        exchange.request_target,
        exchange.fields,
        limits.request_target_bytes,
        limits.request_field_bytes,
        limits.request_head_bytes,
    )
    mount, rest = route.unlock(rest)
    if exchange.key is not None:
        lines.append(_line("key", "one of the route's access keys is in the path"))
    peeled = route.peel(rest, mount, own, identity.taken_off(exchange, path))
    if peeled != rest:
        lines.append(_line("peeled", f"{_text(peeled)}  (this gateway's own name was in front)"))
    cors = route.cors.judge(exchange.fields)
    cors.admit()
    if is_preflight(exchange.method, exchange.fields):
        lines.append(_line("verdict", "a CORS preflight, answered here with 204"))
        lines.extend(_listing(cors.preflight_fields(exchange.fields)))
        return
    target = route.resolve(peeled, own)
    lines.append(_line("upstream", str(target)))
    route.admit(target, own)
    told = identity.forwarding(exchange, route.dialect.client_field)
    told.check_loop(exchange.fields)
    key = upgrade.key_of(exchange.method, exchange.version, exchange.fields)
    without = withheld(exchange, route, cors)
    received = route.cookies.request_fields(exchange.fields, target.authority)
    sent = told.request_fields(received, target.authority, without)
    if key is not None:
        sent = forwarding.upgrade_fields(sent)
    lines.append(_line("verdict", "admitted; its addresses are checked when it is dialled"))
    lines.append("")
    lines.extend(_sent(exchange, target, sent))
    dropped = f.withheld(exchange.fields, sent)
    if dropped:
        lines.append(_line("withheld", ", ".join(map(_text, dropped))))
    if received is not exchange.fields and route.cookies.carries and cors.carries_cookies:
        lines.append(_line("cookies", "those without this vendor's tag stay here; see `cookies`"))


def _with_key(route: Route, rest: bytes) -> bytes:
    """Return *rest* with a key of the route for "-", by which the access log shows one."""
    if route.keys.segment(rest) != b"-":
        return rest
    return rest.replace(b"-", min(route.keys.keys), 1)


def _sent(exchange: Exchange, target: Target, fields: list[Field]) -> list[str]:
    first = f"    {exchange.method} {_text(target.path)} HTTP/1.1"
    return [f"sent to {target.authority}, with {CLIENT} for the client:", first, *_listing(fields)]


def _field(header: str) -> Field:
    name, _, value = header.partition(":")
    return name.strip().encode(), value.strip().encode("utf-8", "surrogateescape")


def _listing(fields: list[Field]) -> list[str]:
    return [f"    {_text(name)}: {_text(value)}" for name, value in fields]


def _line(label: str, text: str) -> str:
    return f"{label:<10} {text}"


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "backslashreplace")
