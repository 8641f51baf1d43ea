"""A host of our own for each of the vendor's: SDKs that put a label in front of what they are told.

hosts = { "api" = "api.vendor.example", "*.edge" = "{}.edge.vendor.example:4700" }
below *.gateway.example, the gateway is

https://api.gateway.example/v2/x?y=1       https://api.vendor.example/v2/x?y=1
wss://1-2-3-4.edge.gateway.example/        https://1-2-3-4.edge.vendor.example:4700/
https://other.gateway.example/             NoRoute

Here a request target is a network-path reference (RFC 3986, 4.2): "//api.gateway.example/v2/x?y=1".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sigproxy.errors import BadTarget, NoRoute
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target

ANY, SAME = "*", "{}"
_REFERENCE = re.compile(rb"//([^/?#]*)(.*)", re.S)


@dataclass(frozen=True, slots=True)
class Pair:
    """Our own name, without the domain, and the vendor's authority that it stands for.

    With a "*" as its first label ours covers any one label, and "{}" in the vendor's repeats it.
    """

    own: str
    theirs: str

    def resolve(self, name: str) -> Authority | None:
        """Return the vendor's authority for *name*, our own without the domain; None if it is not.

        Raises BadTarget if what "*" stands for makes no host.
        """
        if not self.own.startswith(ANY):
            return Authority.parse(self.theirs.encode()) if name == self.own else None
        label, rest = _cut(name, self.own.removeprefix(ANY))
        if not label or not rest:
            return None
        return Authority.parse(self.theirs.replace(SAME, label).encode())

    def expose(self, authority: Authority) -> str | None:
        """Return our own name, without the domain, for *authority*; None if it has none here."""
        if SAME not in self.theirs:
            known = Authority.parse(self.theirs.encode()) == authority
            return self.own if known and not self.own.startswith(ANY) else None
        model = Authority.parse(self.theirs.replace(SAME, "x").encode())
        label, rest = _cut(authority.host, model.host.removeprefix("x"))
        if authority.port != model.port or not label or not rest:
            return None
        return self.own.replace(ANY, label)


def _cut(name: str, end: str) -> tuple[str, bool]:
    """Return what stands before *end* in *name*, and whether that is one label."""
    label = name.removesuffix(end)
    return label, name.endswith(end) and bool(label) and "." not in label


@dataclass(frozen=True, slots=True)
class HostDialect:
    domain: str  # ours, "gateway.example": what the names stand before
    pairs: tuple[Pair, ...]  # whole names before those with "*"
    name = "host"
    host_in_path = False
    keeps_cookies_apart = True
    from_client = True
    client_field = None

    @classmethod
    def of(cls, domain: str, hosts: Mapping[str, str]) -> Self:
        pairs = (Pair(own, theirs) for own, theirs in hosts.items())
        return cls(domain, tuple(sorted(pairs, key=lambda each: each.own.startswith(ANY))))

    def covers(self, host: str) -> bool:
        """Return whether *host* is one of ours, known here or not."""
        return host.endswith("." + self.domain)

    def resolve(self, request_target: bytes) -> Target:
        """Return the target of a network-path reference; raise NoRoute or BadTarget."""
        match = _REFERENCE.match(request_target)
        if match is None:
            raise BadTarget("the request names no host of ours")
        host, path = Authority.parse(match[1]).host, match[2]
        name = host.removesuffix("." + self.domain)
        for pair in self.pairs:
            if (authority := pair.resolve(name)) is not None:
                return Target(authority, path if path.startswith(b"/") else b"/" + path)
        known = ", ".join(f"{pair.own}.{self.domain}" for pair in self.pairs)
        raise NoRoute(f"{host} stands for no host of the vendor's; in `hosts` are {known}")

    def expose(self, target: Target) -> bytes | None:
        """Return the network-path reference that resolves to *target*; None if none does."""
        for pair in self.pairs:
            name = pair.expose(target.authority)
            if name is not None:
                exposed = f"//{name}.{self.domain}".encode() + target.path
                return exposed if self._leads_to(exposed, target) else None
        return None

    def _leads_to(self, exposed: bytes, target: Target) -> bool:
        try:
            return self.resolve(exposed) == target
        except (BadTarget, NoRoute):
            return False

    def cookie_path(self, authority: Authority, path: bytes) -> bytes | None:
        """Return the path itself: each host of the vendor's is a host of its own here too."""
        known = any(pair.expose(authority) is not None for pair in self.pairs)
        return path.rstrip(b"/") if known else None
