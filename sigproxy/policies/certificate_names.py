"""The names that stand in the certificates of upstreams which requests name by their address."""

from dataclasses import dataclass
from ipaddress import ip_address

from sigproxy.policies.targets import Network
from sigproxy.semantics.authority import Authority


@dataclass(frozen=True, slots=True)
class CertificateNames:
    """*pairs*: a network and the name that its servers' certificates are for; the first counts."""

    pairs: tuple[tuple[Network, str], ...] = ()

    def of(self, authority: Authority) -> str:
        """Return the name that the certificate of *authority* must be for, and is asked for by SNI.

        That is the host itself, unless it is an address in one of the networks.
        """
        if self.pairs and authority.is_ip:
            address = ip_address(authority.host)
            for network, name in self.pairs:
                if address in network:
                    return name
        return authority.host
