"""What the upstream and the DNS saw while one case was played."""

import time
from dataclasses import dataclass, field

Field = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Frame:
    """One WebSocket frame (RFC 6455, 5.2), unmasked; *reserved* holds the RSV bits."""

    opcode: int
    payload: bytes
    final: bool = True
    reserved: int = 0
    masked: bool = False


@dataclass(slots=True)
class UpstreamRequest:
    """One request head as it arrived, and what became of its body."""

    method: str
    target: str
    version: str
    fields: list[Field]
    head: bytes
    connection: "UpstreamConnection"
    arrived: float = field(default_factory=time.monotonic)
    framing: str = "none"
    body: bytes = b""
    body_is_whole: bool = False
    body_began: float | None = None
    body_ended: float | None = None
    frames: list[Frame] = field(default_factory=list)
    sent: int = 0  # bytes of a large answer that the gateway has taken so far

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def host(self) -> str:
        return next(iter(self.values("host")), "")


@dataclass(slots=True)
class UpstreamConnection:
    """A connection that carried something during the case; *reused* if it was open before."""

    address: str
    tls: str | None
    sni: str | None
    resumed: bool = False
    reused: bool = False
    ended: str | None = None
    requests: list[UpstreamRequest] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    """Everything behind the gateway, for one case."""

    connections: list[UpstreamConnection] = field(default_factory=list)
    lookups: list[tuple[str, str]] = field(default_factory=list)

    @property
    def requests(self) -> list[UpstreamRequest]:
        every = [request for each in self.connections for request in each.requests]
        return sorted(every, key=lambda request: request.arrived)

    @property
    def handshakes(self) -> int:
        """Full TLS handshakes of connections that were opened during the case."""
        new = [each for each in self.connections if not each.reused]
        return sum(1 for each in new if each.tls and not each.resumed)

    def lookups_of(self, name: str, kind: str = "A") -> int:
        return self.lookups.count((name, kind))


class Journal:
    """Holds the record of the case that is being played now."""

    # Cases that take long are played beside the others. They use names of this domain, which
    # leave no trace, and so make no claim about the upstream.
    UNRECORDED = ".background.example.com"

    def __init__(self) -> None:
        self.current = Record()

    def open(self) -> Record:
        self.current = Record()
        return self.current

    def looked_up(self, name: str, kind: str) -> None:
        if not name.endswith(self.UNRECORDED):
            self.current.lookups.append((name, kind))

    def connected(self, connection: UpstreamConnection) -> None:
        if not (connection.sni or "").endswith(self.UNRECORDED):
            self.current.connections.append(connection)
