"""Networks among the targets, and the names that stand in the certificates there."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from sigproxy.policies.targets import Network, Pattern
from sigproxy.semantics.authority import Authority

if TYPE_CHECKING:
    from sigproxy.config.model import Settings


def remarks(settings: "Settings") -> Iterator[str]:
    """Yield what of both does not go together, so that connections fail."""
    names = list(map(ip_network, settings.upstream.certificate_names))
    for index, route in enumerate(settings.route):
        for text in route.targets or ():
            network = Pattern.parse(text).network
            if network is not None and not any(network.overlaps(each) for each in names):
                yield (
                    f"route[{index}].targets: upstream.certificate_names has no name for {text}; "
                    "unless the certificates there are for the addresses themselves, add theirs"
                )
    every = [Pattern.parse(text) for route in settings.route for text in route.patterns]
    for text, named in zip(settings.upstream.certificate_names, names, strict=True):
        if not any(_has_part_of(pattern, named) for pattern in every):
            yield (
                f"upstream.certificate_names: no route has addresses of {text} among its targets; "
                "add them, or remove the name"
            )


def _has_part_of(pattern: Pattern, network: Network) -> bool:
    """Return whether *pattern* covers an address of *network*."""
    if pattern.network is not None:
        return pattern.network.overlaps(network)
    is_address = not pattern.wildcard and Authority(pattern.host).is_ip
    return is_address and ip_address(pattern.host) in network
