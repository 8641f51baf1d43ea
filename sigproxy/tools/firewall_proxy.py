"""The rules where the gateway stands behind a forward proxy.

    rules = through_proxy(rules_for(...), reach, build_egress(settings.upstream))

The gateway then needs the proxy's address, and whoever runs the proxy the vendors' list.
"""

from collections.abc import Sequence
from dataclasses import replace

from sigproxy.policies.egress import Egress
from sigproxy.tools.firewall import (
    FROM_GATEWAY,
    FROM_PROXY,
    PROXY,
    TO_GATEWAY,
    TO_PROXY,
    Reach,
    Rule,
    host_of,
    ports_of,
)


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
        if (rule.destination, rule.port) in by_proxy:
            found.append(replace(rule, direction=FROM_PROXY, source=PROXY))
        else:
            found.append(rule)
    return found


def _to_proxy(egress: Egress) -> Rule:
    host, port = egress.proxy
    asked = "names" if egress.proxy_resolves else "addresses, so that its rules cannot go by names"
    purpose = f"HTTP proxy (CONNECT), which is asked for the vendors' {asked}"
    return Rule(TO_PROXY, "gateway", host, "TCP", str(port), purpose, "")


def _past_proxy(host: str, port: str) -> Rule:
    purpose = "without the proxy (upstream.proxy_exceptions)"
    return Rule(FROM_GATEWAY, "gateway", host, "TCP/TLS", port, purpose, "")
