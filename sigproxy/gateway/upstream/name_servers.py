"""The name servers to ask: those of the settings, or those now in the system's resolv.conf."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from sigproxy.errors import DnsError, DnsTimeout, GatewayError
from sigproxy.gateway.upstream.name_server import FIRST_TRY_S, Failure, NameServer, Reply, staggered
from sigproxy.gateway.upstream.watched_file import WatchedFile
from sigproxy.semantics.resolver_files import name_servers, with_port

# A server that failed while another one answered is asked last for this long.
ASKED_LAST_S = 30.0
# resolv.conf(5): without a nameserver line, the server on this machine is used.
_DEFAULT = ("127.0.0.1:53",)


class NameServers:
    """A list of name servers, asked in order; a server that fails is asked last for a while."""

    def __init__(
        self, addresses: Iterable[str], timeout_s: float, unanswered: "Counter[str]"
    ) -> None:
        """*unanswered* counts, by server, questions that it did not answer, or too late."""
        self._loop = asyncio.get_running_loop()
        self._servers = [NameServer(each, timeout_s) for each in addresses]
        self._servers[0].open()
        self._unanswered = unanswered
        unanswered.update({each.address: 0 for each in self._servers})
        self._failed_s: dict[str, float] = {}

    async def ask(self, host: str, kind: str, deadline_s: float) -> Reply | tuple[Failure, ...]:
        """Return the first reply about *host*'s addresses of *kind*, or all failures.

        The next server is asked when one has failed, and also, in parallel, when one is slow.
        """
        servers = sorted(self._servers, key=self._is_asked_last)
        failures: list[Failure] = []
        attempts = [partial(server.ask, host, kind, deadline_s) for server in servers]
        won = await staggered(attempts, FIRST_TRY_S, failures)
        if won is None:
            self._unanswered.update(each.server for each in failures)
            return tuple(failures)
        number, reply = won
        self._failed_s.pop(reply.server, None)
        for server in servers[:number]:
            self._failed_s[server.address] = self._loop.time()
            self._unanswered[server.address] += 1
        return reply

    def _is_asked_last(self, server: NameServer) -> bool:
        failed_s = self._failed_s.get(server.address)
        return failed_s is not None and self._loop.time() - failed_s < ASKED_LAST_S

    async def close(self) -> None:
        for server in self._servers:
            await server.close()


class CurrentNameServers:
    """``now()`` returns the servers to ask: *configured* ones, or those in *resolv_conf*."""

    def __init__(self, configured: Sequence[str], resolv_conf: Path, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._file: WatchedFile[tuple[str, ...]] | None = None
        self.source = "`upstream.nameservers`"
        addresses = tuple(map(with_port, configured))
        if not configured:
            self.source = str(resolv_conf)
            self._file = WatchedFile(resolv_conf, _listed, _DEFAULT)
            self._file.poll(self._loop.time())
            addresses = self._file.value
        self.unanswered: Counter[str] = Counter()
        self._servers = NameServers(addresses, timeout_s, self.unanswered)
        self._replaced: list[NameServers] = []

    def now(self) -> NameServers:
        """Return the current servers; running lookups continue to use replaced ones."""
        if self._file is not None and self._file.poll(self._loop.time()):
            self._replaced.append(self._servers)
            self._servers = NameServers(self._file.value, self._timeout_s, self.unanswered)
        return self._servers

    async def done_with(self, servers: NameServers) -> None:
        """Close *servers*, which no lookup uses any more, if they have been replaced."""
        if servers in self._replaced:
            self._replaced.remove(servers)
            await servers.close()

    async def close(self) -> None:
        for servers in (*self._replaced, self._servers):
            await servers.close()


def _listed(text: str) -> tuple[str, ...] | None:
    """Return the servers; None if there are none: the file may be in the middle of a write."""
    return name_servers(text) or None


def failure(host: str, failures: Iterable[Failure], source: str) -> GatewayError:
    """Return the error that says how each server of *source* failed."""
    said = tuple(dict.fromkeys(failures))
    listed = "; ".join(f"{each.server} {each.what}" for each in said)
    servers = "name server" if len({each.server for each in said}) == 1 else "name servers"
    kind = DnsTimeout if any(each.is_silence for each in said) else DnsError
    return kind(f"the address of {host} could not be found: {servers} {listed} (see {source})")
