"""What a turnserver.conf is made from, and what one of its lines is."""

from dataclasses import dataclass, field
from typing import Literal

Policy = Literal["sfu", "deny-private"]
Version = Literal["4.6", "4.17"]
POLICIES: tuple[Policy, ...] = ("deny-private", "sfu")
VERSIONS: tuple[Version, ...] = ("4.6", "4.17")

FIRST_PORT, LAST_PORT = 49152, 65535  # RFC 8656, 7.2: the dynamic ports


@dataclass(frozen=True, slots=True)
class CoturnOptions:
    """What the file is made from.

    `local_ip` is the interface's address where a NAT has the public one. `relay` is where the
    gateway reaches coturn's PROXY protocol port; without one coturn serves TLS itself, on
    `tls_port`. `media_ranges` are the networks of the vendors' media servers, for the policy sfu.
    """

    realm: str
    secrets: tuple[str, ...] = field(repr=False)
    public_ip: str
    local_ip: str = ""
    udp_port: int = 3478
    tls_port: int = 0
    relay: tuple[str, int] | None = None
    policy: Policy = "deny-private"
    media_ranges: tuple[str, ...] = ()
    version: Version = "4.6"
    relay_ip6: str = ""

    @property
    def own_ip(self) -> str:
        return self.local_ip or self.public_ip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file; a flag has no `value`. `least`: every number from there on will do."""

    key: str
    value: str
    why: str
    without: str
    least: int | None = None
    shown: str = ""  # in place of a secret

    @property
    def text(self) -> str:
        return f"{self.key}={self.value}" if self.value else self.key

    @property
    def name(self) -> str:
        return self.shown or self.text
