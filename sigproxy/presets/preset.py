"""What a preset holds: one vendor's hosts, and where each is known from."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Host:
    """One host pattern, as in `targets` (no port means 443), and what it is needed for.

    `source` begins with how it is known, and when that was looked up, year-month-day:

        wire   requests recorded from the SDK that follows
        code   names in that SDK's code
        docs   the vendor's own page, by its title
    """

    pattern: str
    purpose: str
    source: str


@dataclass(frozen=True, slots=True)
class Preset:
    """One vendor's hosts.

    `essential` lists the hosts (host or host:port) that every call needs, or an example if the
    service assigns the name. A route that covers them all serves this vendor. `assigned` lists
    those examples: whether such a name exists at the moment, nobody knows. `media` says how audio
    and video travel; they pass through the gateway only with `[turn]`.
    """

    name: str
    title: str
    dialect: Literal["path", "query"]
    hosts: tuple[Host, ...]
    essential: tuple[str, ...]
    media: str
    assigned: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(host.pattern for host in self.hosts)
