"""Which upstreams are reached through a forward proxy, and who looks up their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from sigproxy.policies.targets import Pattern
from sigproxy.semantics.authority import Authority

_PORT_NAMED = re.compile(r":[0-9*-]+\Z")
_LAST_PORT = 65535


def exception(text: str) -> Pattern:
    """Return the pattern for *text*, as in targets, or a network; raise ValueError.

    Without a port it covers every port, as programs read NO_PROXY.
    """
    text = text.strip()
    try:
        network = ip_network(text)
    except ValueError:
        pattern = Pattern.parse(text)
        return pattern if _PORT_NAMED.search(text) else replace(pattern, low=1, high=_LAST_PORT)
    return Pattern(str(network), False, 1, _LAST_PORT, network)


@dataclass(frozen=True, slots=True)
class Egress:
    """*proxy_resolves*: the proxy is told the hosts' names, and looks them up itself."""

    proxy: Authority
    proxy_resolves: bool = False
    exceptions: tuple[Pattern, ...] = ()

    @property
    def needs_dns(self) -> bool:
        """Return whether the gateway itself looks up any name, be it the proxy's own."""
        return not self.proxy_resolves or bool(self.exceptions) or not self.proxy.is_ip

    def looks_up(self, authority: Authority) -> bool:
        """Return whether the name of *authority* is left to the proxy."""
        return self.proxy_resolves and not authority.is_ip and not self._is_named(authority)

    def is_direct(self, authority: Authority, addresses: Iterable[str] = ()) -> bool:
        """Return whether *authority* is reached without the proxy.

        It is if an exception names it, or if exceptions cover every one of its *addresses*.
        """
        if self._is_named(authority):
            return True
        found = [Authority(each, authority.port) for each in addresses if _is_address(each)]
        return bool(found) and all(map(self._is_named, found))

    def excepts(self, pattern: Pattern) -> bool:
        """Return whether all that *pattern* covers is reached without the proxy."""
        return any(exception.contains(pattern) for exception in self.exceptions)

    def _is_named(self, authority: Authority) -> bool:
        return any(pattern.covers(authority) for pattern in self.exceptions)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
