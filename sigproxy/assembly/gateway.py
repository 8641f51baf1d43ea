"""Build a gateway from the settings."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from sigproxy.assembly.observers import observing, trace_policy
from sigproxy.assembly.routes import access_keys
from sigproxy.assembly.rules import build_rules
from sigproxy.assembly.turn import relay_address
from sigproxy.assembly.upstream import build_proxy, build_upstream_options
from sigproxy.config import Settings, TurnSettings
from sigproxy.exchange import Observer, Observers
from sigproxy.gateway.admission.quota import Quota
from sigproxy.gateway.admission.rate import (
    CREDENTIALS,
    NETWORK_TESTS,
    Rate,
    RateLimit,
    Unlimited,
)
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.exchanges import Exchanges
from sigproxy.gateway.handler import Gateway
from sigproxy.gateway.issuer import Issuer
from sigproxy.gateway.network_test import NetworkTest
from sigproxy.gateway.relay import RelayOptions
from sigproxy.gateway.upstream import tls
from sigproxy.gateway.upstream.client import Upstream
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.own_pages import Reply
from sigproxy.policies.targets import AddressPolicy
from sigproxy.semantics.own_certificate import OwnCertificate


def build_gateway(
    settings: Settings,
    context: tls.ClientContext,
    observers: tuple[Observer, ...] | None = None,
    certificate: Callable[[], OwnCertificate | None] = lambda: None,
    front: Reply | None = None,
) -> Gateway:
    """Return a gateway on the running loop; *observers* None: those from ``build_observers``.

    *certificate* returns what there is to say of the one that clients get; None without TLS.
    *front*: the page at "/".
    """
    rules = replace(build_rules(settings), front=front)
    addresses = AddressPolicy(settings.upstream.allow_networks)
    resolver = Resolver(
        settings.upstream.nameservers, addresses.admit, settings.upstream.connect_timeout_s
    )
    if observers is None:
        observers = build_observers(settings)
    relay = None if settings.turn is None else _relay(settings.turn)
    return Gateway(
        rules=rules,
        exchanges=Exchanges(rules.identity, secrets.token_hex(4), trace_policy(settings.tracing)),
        quota=Quota(rules.limits, rules.identity.is_proxy),
        rate=_rate(settings),
        issuer=Issuer(_credential_rate(settings)),
        network_test=NetworkTest(_test_rate(settings), certificate, relay),
        upstream=Upstream(
            build_upstream_options(settings, context), resolver, build_proxy(settings.upstream)
        ),
        drain=Drain(),
        observers=Observers(observers),
        response_timeout_s=settings.upstream.response_timeout_s,
        turn=relay,
    )


def _relay(settings: TurnSettings) -> RelayOptions | None:
    address = relay_address(settings)
    return None if address is None else RelayOptions(*address)


def build_observers(settings: Settings) -> tuple[Observer, ...]:
    """Return the access log and traces, which never show a key, and alarms in the error log."""
    return observing(settings, access_keys(settings))


def _rate(settings: Settings) -> Rate:
    limits = settings.limits
    if limits.request_rate is None:
        return Unlimited()
    return RateLimit(limits.request_rate, limits.request_rate_redis)


def _credential_rate(settings: Settings) -> Rate:
    if settings.turn is None:
        return Unlimited()
    rate, redis = settings.turn.credentials_per_address, settings.limits.request_rate_redis
    return RateLimit(rate, redis, CREDENTIALS)


def _test_rate(settings: Settings) -> Rate:
    if settings.network_test is None:
        return Unlimited()
    rate, redis = settings.network_test.requests_per_address, settings.limits.request_rate_redis
    return RateLimit(rate, redis, NETWORK_TESTS)
