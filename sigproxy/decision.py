"""The order of rules: from a request's head to an answer of our own, or to what goes upstream.

It stands here and nowhere else. The gateway acts on what is decided; ``sigproxy explain`` prints
it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from sigproxy import ice_page, own_pages, routing, shim_page
from sigproxy.errors import BadTarget
from sigproxy.errors.media import NetworkTestOff, TurnOff
from sigproxy.exchange import Exchange
from sigproxy.ice_page import Grant
from sigproxy.network import page as network_page
from sigproxy.network.page import Visit
from sigproxy.own_pages import Reply
from sigproxy.policies.cors import Cors, is_preflight
from sigproxy.policies.identity import Identity
from sigproxy.policies.limits import Limits, check_body
from sigproxy.routing import Route
from sigproxy.semantics import fields as f
from sigproxy.semantics import request, upgrade
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.forwarding import Forwarding
from sigproxy.semantics.target import Target

_NOTHING: frozenset[bytes] = frozenset()
_COOKIE = frozenset({b"cookie"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator has decided."""

    routes: tuple[Route, ...]
    identity: Identity
    limits: Limits
    ice: ice_page.Page | None = None
    network: network_page.Page | None = None
    front: Reply | None = None  # the page at "/", which no upstream is asked for then


# A cache of few: the heads already made of these fields, by the route's prefix and the upstream.
Heads = dict[tuple[bytes, Authority], bytes]


class Terms(NamedTuple):
    """How a route forwards a request with these fields, whatever its path is."""

    forwarding: Forwarding
    external_origin: bytes  # in front of our paths in a Location: scheme and host, or nothing
    withheld_fields: frozenset[bytes]  # names of fields that policy keeps from the upstream
    websocket_key: bytes | None  # the client's, if it asks for a WebSocket
    heads: Heads


@dataclass(slots=True)
class Standing:
    """What was found out about a request from its fields alone.

    It is kept with them, and used again for the client's next request with the same fields.
    """

    rules: Rules
    peer: str
    method: str
    version: tuple[int, int]
    own_authorities: frozenset[Authority]  # our names, as this client may spell them
    host: str | None  # the one that this request names
    terms: dict[bytes, Terms]  # by the route's prefix
    heads: Heads


class Asked(NamedTuple):
    """A request for an upstream, before it is known for which, or for an own page with keys."""

    path: bytes  # the request target in origin form
    standing: Standing
    own: ice_page.Page | network_page.Page | None = None  # it is asked for


@dataclass(slots=True)
class Findings:
    """What is known of a request when it is refused, for the answer to be readable."""

    cors: Cors | None = None  # None: no route was found, and so nobody to judge
    peeled: bytes | None = None  # behind our own name, where that stood in front
    target: Target | None = None


class Forward(NamedTuple):
    """A request that is to go upstream, and how."""

    route: Route
    mount: bytes  # in front of the dialect's own form: the route's prefix, and the access key
    target: Target
    own_authorities: frozenset[Authority]
    stripped_prefix: bytes  # by a proxy in front: what clients have before the mount, or nothing
    cors: Cors
    terms: Terms


# What is to be done with a request: answered at once, granted something of our own, or forwarded.
Verdict = Reply | Grant | Visit | Forward


def receive(rules: Rules, exchange: Exchange, *, is_ready: bool) -> Reply | Asked:
    """Return the answer of an own page, or what is asked; raise a RequestError or NoRoute.

    Health pages are answered before any limit, so that a balancer sees them however busy its
    clients are. Pages with keys are not: somebody could try keys there. *is_ready*: this gateway
    takes new clients.
    """
    try:
        standing = _standing(rules, exchange)
    except BadTarget:  # F5's monitors send an empty Host, and NGINX the name of its upstream
        if not own_pages.is_health(exchange.request_target):
            raise
        return _own_page(exchange, exchange.request_target, is_ready=is_ready)
    if own_pages.is_asked_of_all(exchange.method, exchange.request_target):
        return own_pages.OPTIONS
    path = request.origin_form(exchange.request_target, standing.own_authorities)
    if own_pages.is_own(path):
        if (own := _keyed_page(rules, exchange, path)) is not None:
            return Asked(path, standing, own)
        if shim_page.is_asked(path):  # a route's, which is known later
            return Asked(path, standing)
        return _own_page(exchange, path, is_ready=is_ready)
    if rules.front is not None and own_pages.is_front(exchange.method, path, exchange.fields):
        return rules.front
    return Asked(path, standing)


def _own_page(exchange: Exchange, path: bytes, *, is_ready: bool) -> Reply:
    reply = own_pages.page(exchange.method, path, exchange.fields, is_ready=is_ready)
    exchange.is_health_check = own_pages.is_health(path)
    return reply


def _keyed_page(
    rules: Rules, exchange: Exchange, path: bytes
) -> ice_page.Page | network_page.Page | None:
    """Return the own page with keys that *path* asks for; None for any other."""
    if ice_page.is_asked(path):
        exchange.key = ice_page.key_in(path)
        if rules.ice is None:
            raise TurnOff("this gateway gives no TURN credentials: its configuration has no [turn]")
        return rules.ice
    if (wanted := network_page.asked(path)) is not None:
        exchange.key = wanted.key or None
        if rules.network is None:
            raise NetworkTestOff("this gateway has no network test: there is no [network_test]")
        return rules.network
    return None


def _standing(rules: Rules, exchange: Exchange) -> Standing:
    known: Standing | None = exchange.fields.verdicts
    if (
        known is not None
        and known.rules is rules
        and known.peer == exchange.peer
        and known.method == exchange.method
        and known.version == exchange.version
    ):
        return known
    method, version, fields = exchange.method, exchange.version, exchange.fields
    request.check(method, version, fields)
    own_authorities = rules.identity.own_authorities(exchange)
    fields.verdicts = found = Standing(
        *(rules, exchange.peer, method, version, own_authorities),
        rules.identity.named_host(exchange),
        {},
        {},
    )
    return found


def decide(rules: Rules, exchange: Exchange, asked: Asked, findings: Findings) -> Verdict:
    """Return the answer to a preflight, how to forward, or what is granted; raise a GatewayError.

    Route, key and target are left on *exchange*, and CORS in *findings*, before anything that
    follows may refuse: whatever it is, the page may read it and the log names it.
    """
    path, standing, page = asked
    if isinstance(page, ice_page.Page):
        return _grant(rules, exchange, path, page, findings)
    if page is not None:
        return _visit(rules, exchange, asked, page, findings)
    own_authorities = standing.own_authorities
    route, rest = routing.match(rules.routes, path, standing.host)
    exchange.route = route.name
    exchange.key = route.keys.segment(rest)
    findings.cors = cors = route.cors.judge(exchange.fields)
    _check_size(rules.limits, exchange)
    mount, rest = route.split_access_key(rest)
    if shim_page.is_asked(rest if route.dialect.host_in_path else path):
        return shim_page.page(route, exchange.method, exchange.fields)
    stripped_prefix = rules.identity.stripped_prefix(exchange, path)
    peeled = route.peel(rest, mount, own_authorities, stripped_prefix)
    if peeled != rest:
        findings.peeled = peeled
    cors.admit()
    if is_preflight(exchange.method, exchange.fields):
        return Reply(204, cors.preflight_fields(exchange.fields), b"", "a CORS preflight")
    findings.target = target = route.resolve(peeled, own_authorities)
    exchange.shows_target = route.dialect.host_in_path
    exchange.set_target(target)
    route.admit(target, own_authorities)
    terms = standing.terms.get(route.prefix)
    if terms is None:
        terms = standing.terms[route.prefix] = _terms(rules, exchange, route, cors, standing.heads)
    if terms.websocket_key is not None:  # it may stay for hours, and never comes again
        exchange.fields.verdicts = None
    return Forward(route, mount, target, own_authorities, stripped_prefix, cors, terms)


def _grant(
    rules: Rules, exchange: Exchange, path: bytes, page: ice_page.Page, findings: Findings
) -> Reply | Grant:
    findings.cors = cors = page.callers.cors.judge(exchange.fields)
    if exchange.method in ice_page.METHODS:
        exchange.issued = False
    _check_size(rules.limits, exchange)
    return page.judge(exchange.method, path, exchange.fields, cors)


def _visit(
    rules: Rules, exchange: Exchange, asked: Asked, page: network_page.Page, findings: Findings
) -> Reply | Grant | Visit:
    request = network_page.Request(
        exchange.method,
        exchange.version,
        asked.path,
        exchange.fields,
        asked.standing.own_authorities,
        rules.identity.stripped_prefix(exchange, asked.path),
    )
    findings.cors = cors = page.cors(request)
    _check_size(rules.limits, exchange)
    verdict = page.judge(request, cors)
    if isinstance(verdict, Grant):
        exchange.issued = False
    return verdict


def _terms(rules: Rules, exchange: Exchange, route: Route, cors: Cors, heads: Heads) -> Terms:
    """Return on which terms *route* forwards; raise a RequestError for fields that it does not."""
    forwarding = rules.identity.forwarding(exchange, route.dialect.client_field)
    forwarding.check_loop(exchange.fields)
    websocket_key = upgrade.key_of(exchange.method, exchange.version, exchange.fields)
    _check_length(rules.limits, exchange)
    return Terms(
        forwarding,
        rules.identity.external_origin(exchange),
        _withheld_fields(exchange, route, cors),
        websocket_key,
        heads,
    )


def _check_size(limits: Limits, exchange: Exchange) -> None:
    request.check_size(
        exchange.request_target,
        exchange.fields,
        limits.request_target_bytes,
        limits.request_field_bytes,
        limits.request_head_bytes,
    )


def _check_length(limits: Limits, exchange: Exchange) -> None:
    """Raise BodyTooLarge for a Content-Length that is, before any of the body is read."""
    declared = f.first(exchange.fields, b"content-length")
    if declared is not None:
        check_body(limits, int(declared))


def _withheld_fields(exchange: Exchange, route: Route, cors: Cors) -> frozenset[bytes]:
    names = _NOTHING if cors.carries_cookies and route.cookies.carries else _COOKIE
    keyed = route.access_keys.names(exchange.fields)
    return names | keyed if keyed else names
