"""Explain what the gateway would do with a request, without opening a socket."""

import re
from collections.abc import Iterator, Sequence

from sigproxy import decision, ice_page, own_pages, routing, shim_page
from sigproxy.assembly.egress import build_egress
from sigproxy.assembly.routes import access_keys
from sigproxy.assembly.rules import build_rules
from sigproxy.config import Settings
from sigproxy.decision import Findings, Forward, Rules
from sigproxy.errors import GatewayError, NoRoute
from sigproxy.exchange import Exchange
from sigproxy.ice_page import Grant
from sigproxy.network import page as network_page
from sigproxy.network.page import Visit
from sigproxy.own_pages import Reply
from sigproxy.policies.egress import Egress
from sigproxy.routing import Route
from sigproxy.semantics import fields as f
from sigproxy.semantics import forwarding
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.prefix import first_authority
from sigproxy.telemetry import redaction
from sigproxy.tools.explanation import CLIENT, Explanation, Fact, Message, Piece

DEFAULT_HOST = b"gateway.example"


def explain(
    settings: Settings, method: str, target: str, headers: Sequence[str]
) -> tuple[list[str], bool]:
    """Return lines to print, and whether the request would be forwarded (or get a 2xx here)."""
    found = explained(settings, method, target, headers)
    return found.lines, found.admitted


def explained(settings: Settings, method: str, target: str, headers: Sequence[str]) -> Explanation:
    """Return what there is to say of the request."""
    exchange = _exchange(settings, method, target, headers)
    rules = build_rules(settings)
    exchange.request_target = _unredacted(rules, exchange.request_target)
    pieces: list[Piece] = []
    try:
        for piece in _pieces(rules, exchange, build_egress(settings.upstream)):
            pieces.append(piece)
    except GatewayError as error:
        exchange.error, exchange.detail = error.token, error.detail
        pieces.append(Fact("verdict", f"refused with {error.status} {error.token}"))
        if b"=-" in exchange.request_target:
            pieces.append(
                Fact("note", "the access log shows '-' for what it hides in a query; ask with")
            )
            pieces.append(
                Fact("", "upstream and upstream_path of its line: /ap/?url=<upstream><path>")
            )
    keys = access_keys(settings)
    shown = redaction.shown_to_operator(exchange, keys).encode("latin-1")
    pieces.insert(0, Fact("request", f"{method} {_text(shown)}"))
    if exchange.detail:
        pieces.append(Fact("because", keys.hidden_in(exchange.detail, is_cut=True)))
    return Explanation(pieces, exchange.error)


def _exchange(settings: Settings, method: str, target: str, headers: Sequence[str]) -> Exchange:
    host = settings.server.public_names[0].encode() if settings.server.public_names else None
    raw = target.encode("utf-8", "surrogateescape")
    scheme, separator, rest = raw.partition(b"://")
    if separator and scheme.lower() in (b"http", b"https", b"ws", b"wss"):
        host = re.split(rb"[/?#]", rest, maxsplit=1)[0]
        raw = rest.removeprefix(host)
        raw = raw if raw.startswith(b"/") else b"/" + raw  # as browsers do for "wss://gateway?x=1"
    elif raw != b"*" and not raw.startswith(b"/"):
        raw = b"/" + raw
    given = tuple(map(_field, headers))
    if f.first(given, b"host") is None:
        given = ((b"Host", host or DEFAULT_HOST), *given)
    return Exchange(
        id="explain",
        started_at=0.0,
        started_s=0.0,
        peer=CLIENT,
        method=method,
        request_target=raw,
        fields=Fields(given),
    )


def _pieces(rules: Rules, exchange: Exchange, egress: Egress | None) -> Iterator[Piece]:
    """Yield the decision and what was found before it; raise a GatewayError."""
    asked = decision.receive(rules, exchange, is_ready=True)
    if isinstance(asked, Reply):
        yield Fact("verdict", f"{asked.what}, answered here with {asked.status}")
        return
    findings = Findings()
    try:
        verdict = decision.decide(rules, exchange, asked, findings)
    finally:
        yield from _found(rules, exchange, findings)
    if isinstance(verdict, Grant | Visit):
        yield Fact("verdict", f"{verdict.what}, answered here with {verdict.status}")
        return
    if isinstance(verdict, Reply):
        yield Fact("verdict", f"{verdict.what}, answered here with {verdict.status}")
        yield Message("", "", _listing(verdict.fields))
        return
    authority = verdict.target.authority
    if egress is not None and egress.looks_up(authority):
        yield Fact("verdict", "admitted; its IP addresses are for the proxy to check")
    else:
        yield Fact("verdict", "admitted; its IP addresses are checked before the gateway connects")
    if egress is not None:
        yield Fact("way", _way(egress, authority))
    yield from _forwarded(exchange, verdict)


def _way(egress: Egress, authority: Authority) -> str:
    """Return how the gateway gets to *authority*; what its name leads to is not looked up."""
    proxy = f"{egress.proxy.host}:{egress.proxy.port}"
    if egress.is_direct(authority):
        return "past the proxy, by upstream.proxy_exceptions"
    if egress.looks_up(authority):
        return f"through the proxy {proxy}, which is given the name"
    exceptions = " unless upstream.proxy_exceptions covers it" if egress.exceptions else ""
    return f"through the proxy {proxy}, which is asked for the address{exceptions}"


def _found(rules: Rules, exchange: Exchange, findings: Findings) -> Iterator[Piece]:
    route = next((each for each in rules.routes if each.name == exchange.route), None)
    if route is not None:
        yield Fact("route", f"{route.name}  (dialect {route.dialect.name})")
    if exchange.key is not None and route is not None and exchange.key in route.keys.keys:
        yield Fact("key", "one of the route's access keys is in the path")
    if findings.peeled is not None:
        peeled = _text(findings.peeled)
        yield Fact("peeled", f"{peeled}  (this gateway's own name was in front)")
    if findings.target is not None:
        yield Fact("upstream", str(findings.target))


def _forwarded(exchange: Exchange, verdict: Forward) -> Iterator[Piece]:
    authority, cookies = verdict.target.authority, verdict.route.cookies
    received = cookies.request_fields(exchange.fields, authority)
    sent = verdict.terms.forwarding.request_fields(
        received, authority, verdict.terms.withheld_fields
    )
    if verdict.terms.websocket_key is not None:
        sent = forwarding.upgrade_fields(sent)
    first = f"{exchange.method} {_text(verdict.target.path)} HTTP/1.1"
    yield Message(str(authority), first, _listing(sent))
    if dropped := f.missing_names(exchange.fields, sent):
        yield Fact("withheld", ", ".join(map(_text, dropped)))
    if received is not exchange.fields and cookies.carries and verdict.cors.carries_cookies:
        yield Fact("cookies", "those without this vendor's tag are not forwarded; see `cookies`")


def _unredacted(rules: Rules, request_target: bytes) -> bytes:
    """Return *request_target* with a key of its route for "-", which replaces keys in the log.

    If the root route has keys, "/-/api.example.com" is from such a line, not an own page.
    """
    path, mark, query = request_target.partition(b"?")
    path = path.rstrip(b"/")
    for page in (rules.ice, rules.network):
        if page is not None and page.callers.keys.keys and _is_hidden(path, page):
            return path.removesuffix(b"-") + min(page.callers.keys.keys) + mark + query
    try:
        route, rest = routing.match(rules.routes, request_target)
    except NoRoute:
        return request_target
    if route.keys.segment(rest) != b"-" or not route.keys.keys:
        return request_target
    if shim_page.is_asked(rest):  # "/-/-/shim.js" is the shim behind a key, and this lacks one
        return request_target
    if own_pages.is_own(request_target) and not _names_a_host(route, rest):
        return request_target
    front = request_target[: len(request_target) - len(rest)]
    return front + rest.replace(b"-", min(route.keys.keys), 1)


def _is_hidden(path: bytes, page: ice_page.Page | network_page.Page) -> bool:
    """Return whether *path* asks for *page* with "-" in the key's place, as the log shows it."""
    if not own_pages.is_own(path):
        return False
    if isinstance(page, ice_page.Page):
        return ice_page.is_asked(path) and ice_page.key_in(path) == b"-"
    wanted = network_page.asked(path)
    return wanted is not None and wanted.key == b"-"


def _names_a_host(route: Route, rest: bytes) -> bool:
    following = rest.lstrip(b"/")[1:]
    if shim_page.is_asked(following):
        return True
    return not route.dialect.host_in_path or first_authority(following) is not None


def _field(header: str) -> Field:
    name, _, value = header.partition(":")
    return name.strip().encode(), value.strip().encode("utf-8", "surrogateescape")


def _listing(fields: list[Field]) -> list[tuple[str, str]]:
    return [(_text(name), _text(value)) for name, value in fields]


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "backslashreplace")
