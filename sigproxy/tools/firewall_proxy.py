"""The rules where the gateway stands behind a forward proxy.

    rules = through_proxy(rules_for(...), reach, build_egress(settings.upstream))

The gateway then needs the proxy's address, and whoever runs the proxy the vendors' list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sigproxy.policies.egress import Egress
from sigproxy.tools.firewall import (
    FROM_GATEWAY,
    FROM_PROXY,
    TO_GATEWAY,
    TO_PROXY,
    Reach,
    Rule,
    host_of,
    ports_of,
)

_TO_HOSTS = "TCP/TLS"


def through_proxy(rules: Sequence[Rule], reach: Reach, egress: Egress | None) -> list[Rule]:
    """Return *rules* with the proxy in between; as they are, if there is none."""
    if egress is None:
        return list(rules)
    carried = [each.pattern for each in reach.hosts if not egress.excepts(each.pattern)]
    by_proxy = {(host_of(pattern), ports_of(pattern)) for pattern in carried}
    found = [rule for rule in rules if rule.direction == TO_GATEWAY]
    found.append(_to_proxy(egress))
    for exception in egress.exceptions:
        if exception.network is not None or any(each.contains(exception) for each in carried):
            found.append(_past_proxy(host_of(exception), ports_of(exception)))
    for rule in rules:
        if rule.direction != FROM_GATEWAY:
            continue
        if rule.protocol != _TO_HOSTS:
            found += [_dns(rule, egress)] if egress.needs_dns else []
        elif (rule.destination, rule.port) in by_proxy:
            found.append(replace(rule, direction=FROM_PROXY, source="proxy"))
        else:
            found.append(rule)
    return [*found, *_others(rules)]


def _others(rules: Sequence[Rule]) -> Iterator[Rule]:
    yield from (rule for rule in rules if rule.direction not in (TO_GATEWAY, FROM_GATEWAY))


def _to_proxy(egress: Egress) -> Rule:
    host, port = egress.proxy
    asked = "names" if egress.proxy_resolves else "addresses, so that its rules cannot go by names"
    purpose = f"HTTP proxy (CONNECT), which is asked for the vendors' {asked}"
    return Rule(TO_PROXY, "gateway", host, "TCP", str(port), purpose, "")


def _dns(rule: Rule, egress: Egress) -> Rule:
    if not egress.proxy_resolves:
        return rule
    return replace(rule, purpose="DNS: the addresses of the proxy and of exceptions")


def _past_proxy(host: str, port: str) -> Rule:
    purpose = "without the proxy (upstream.proxy_exceptions)"
    return Rule(FROM_GATEWAY, "gateway", host, _TO_HOSTS, port, purpose, "")
