"""Resolve names to permitted addresses: from the hosts file, or from DNS, cached for the TTL."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from sigproxy.errors import AddressRefused, DnsError
from sigproxy.gateway.admission import descriptors
from sigproxy.gateway.upstream.dns_answers import STALE_FOR_S, Answer, Answers
from sigproxy.gateway.upstream.name_server import Failure, Reply, end
from sigproxy.gateway.upstream.name_servers import CurrentNameServers, NameServers, failure
from sigproxy.gateway.upstream.outage import Outage
from sigproxy.gateway.upstream.watched_file import POLL_EVERY_S, WatchedFile
from sigproxy.semantics import resolver_files

HOSTS = Path("/etc/hosts")
RESOLV_CONF = Path("/etc/resolv.conf")
# RFC 8305, 3: how long to wait for the second address family after the first has answered.
RESOLUTION_DELAY_S = 0.05
# RFC 8767, 5: if there is a stale answer, a client waits this long for a fresh one. The RFC has
# 1.8 s, since stub resolvers wait for 2 s; but ACS's whole first request has only 3 s.
CLIENT_RESPONSE_S = 0.5
MOST_ADDRESSES = 8  # kept of each family; an answer over TCP may have 4,000
_KINDS = ("A", "AAAA")
# How a lookup may end: with addresses; with none, or with forbidden ones; with an error of the name
# servers, for which an earlier answer may stand in.
RESULTS = ("answered", "no_address", "refused", "failed", "stale")

Outcomes = dict[str, Reply | tuple[Failure, ...] | None]  # by kind; None: it came too late


class Vet(Protocol):
    def __call__(self, host: str, addresses: Sequence[str], source: str = ...) -> tuple[str, ...]:
        """Return *addresses*; raise AddressRefused, which names *source*, if one is forbidden."""


class Resolver:
    """Resolves names, caches vetted answers, and runs one lookup per name at a time."""

    def __init__(
        self,
        nameservers: Sequence[str],
        vet: Vet,
        timeout_s: float,
        hosts: Path = HOSTS,
        resolv_conf: Path = RESOLV_CONF,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._vet = vet
        self._timeout_s = timeout_s
        self._hosts_path = str(hosts)
        self._hosts: WatchedFile[dict[str, tuple[str, ...]]] = WatchedFile(
            hosts, resolver_files.hosts, {}
        )
        self._pinned: dict[str, tuple[str, ...]] = {}  # vetted addresses from the hosts file
        self._servers = CurrentNameServers(nameservers, resolv_conf, timeout_s)
        self._answers = Answers()
        self._outage = Outage()
        self._lookups: dict[tuple[str, NameServers], asyncio.Task[tuple[str, ...]]] = {}
        self.ended = Counter(dict.fromkeys(RESULTS, 0))  # lookups since the start

    @property
    def unanswered(self) -> Mapping[str, int]:
        """How many questions each name server did not answer, or too late, since the start."""
        return self._servers.unanswered

    def known(self, host: str) -> tuple[str, ...] | None:
        """Return what ``resolve`` returns without asking DNS; None if it has to ask."""
        now_s = self._loop.time()
        if self._hosts.poll(now_s):
            self._pinned.clear()
        if host in self._hosts.value:
            return self._pinned.get(host)
        return self._answers.serving(host, now_s)

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Return the addresses of *host*, all of them permitted.

        Raises AddressRefused if one is not permitted, DnsError, DnsTimeout, or
        DescriptorsExhausted.
        """
        if known := self.known(host):
            return known
        if pinned := self._hosts.value.get(host):
            self._pinned[host] = _first(self._vet(host, pinned, self._hosts_path))
            return self._pinned[host]
        if _is_literal(host):
            return self._vet(host, (host,))
        lookup = self._lookup(host)
        stale = self._answers.kept(host, self._loop.time())
        if stale is None:
            return await asyncio.shield(lookup)  # others may wait for it too
        if not stale.is_stale:
            await asyncio.wait((lookup,), timeout=CLIENT_RESPONSE_S)
        if lookup.done():
            return lookup.result()
        self._answers.failed(stale, self._loop.time())
        return stale.addresses

    def _lookup(self, host: str) -> asyncio.Task[tuple[str, ...]]:
        """Return the running lookup of *host*, or begin one."""
        servers = self._servers.now()
        key = (host, servers)
        lookup = self._lookups.get(key)
        if lookup is None:
            lookup = self._loop.create_task(self._look_up(host, servers))
            self._lookups[key] = lookup
            lookup.add_done_callback(lambda done: self._forget(key, done))
        return lookup

    def _forget(self, key: tuple[str, NameServers], done: asyncio.Task[tuple[str, ...]]) -> None:
        del self._lookups[key]
        if not done.cancelled():
            done.exception()  # mark as retrieved: the waiters may be gone

    async def _look_up(self, host: str, servers: NameServers) -> tuple[str, ...]:
        """Ask DNS; store a fresh, permitted answer; in an outage, keep the stale one."""
        outcomes = await self._outcomes(host, servers)
        usable = [each for each in _replies(outcomes) if each.addresses]
        answer = self._answers.kept(host, self._loop.time())
        if not usable:
            return self._without_addresses(host, outcomes, answer)
        self._answers.drop(host)  # the previous answer is outdated, even if vetting fails now
        vetted = self._vetted(host, usable)
        self._answers.keep(host, vetted, min(each.ttl for each in usable), self._loop.time())
        self._outage.answered(host, self._loop.time())
        self.ended["answered"] += 1
        return vetted

    def _vetted(self, host: str, replies: Sequence[Reply]) -> tuple[str, ...]:
        try:
            vetted = [self._vet(host, each.addresses)[:MOST_ADDRESSES] for each in replies]
        except AddressRefused:
            self.ended["refused"] += 1
            raise
        return tuple(address for each in vetted for address in each)

    def _without_addresses(
        self, host: str, outcomes: Outcomes, answer: Answer | None
    ) -> tuple[str, ...]:
        """Return the stale addresses, unless DNS says that they are gone; then raise the error."""
        failures = _failures(outcomes)
        if not failures:
            self._answers.drop(host)
            self.ended["no_address"] += 1
            raise _no_address(host, _replies(outcomes))
        if descriptors.are_used_up():
            raise descriptors.exhausted()
        error = failure(host, failures, self._servers.source)
        if answer is None or not (left := _not_denied(answer.addresses, outcomes)):
            self._answers.drop(host)
            self.ended["failed"] += 1
            raise error
        self.ended["stale"] += 1
        now_s = self._loop.time()
        answer.addresses = left
        self._answers.failed(answer, now_s)
        self._outage.serves(host, answer.expires_s + STALE_FOR_S, now_s, error.detail)
        return left

    async def _outcomes(self, host: str, servers: NameServers) -> Outcomes:
        """Ask *servers*; if resolv.conf changes before they answer, ask the new ones as well."""
        deadline_s = self._loop.time() + self._timeout_s
        asking = self._loop.create_task(self._ask(host, servers, deadline_s))
        try:
            while not asking.done():
                await asyncio.wait((asking,), timeout=POLL_EVERY_S)
                newer = self._servers.now()
                if newer is not servers and not asking.done():
                    outcomes = await self._ask(host, newer, deadline_s)
                    return outcomes if _replies(outcomes) else await asking
            return asking.result()
        finally:
            await end(asking)
            if sum(each is servers for _, each in self._lookups) <= 1:  # only this lookup
                await self._servers.done_with(servers)

    async def _ask(self, host: str, servers: NameServers, deadline_s: float) -> Outcomes:
        """Ask for A and AAAA in parallel; return the outcome of each, A first."""
        asking = {
            kind: self._loop.create_task(servers.ask(host, kind, deadline_s)) for kind in _KINDS
        }
        tasks = asking.values()
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(tasks, timeout=RESOLUTION_DELAY_S if _has_usable(tasks) else None)
            return {kind: task.result() if task.done() else None for kind, task in asking.items()}
        finally:
            await end(*tasks)

    async def close(self) -> None:
        await end(*self._lookups.values())
        await self._servers.close()


def _has_usable(tasks: Iterable[asyncio.Task[Reply | tuple[Failure, ...]]]) -> bool:
    results = (task.result() for task in tasks if task.done())
    return any(isinstance(each, Reply) and each.addresses for each in results)


def _replies(outcomes: Outcomes) -> list[Reply]:
    return [each for each in outcomes.values() if isinstance(each, Reply)]


def _failures(outcomes: Outcomes) -> tuple[Failure, ...]:
    """Return the failures that leave open whether the name has addresses; empty if it has none."""
    first = outcomes["A"]
    if isinstance(first, Reply) and not first.exists:
        return ()  # RFC 8020: the name does not exist, so it has no records of any kind
    return next((each for each in outcomes.values() if isinstance(each, tuple)), ())


def _not_denied(addresses: tuple[str, ...], outcomes: Outcomes) -> tuple[str, ...]:
    """Return those of *addresses* for whose kind (A or AAAA) DNS gave no reply."""
    denied = {kind for kind, outcome in outcomes.items() if isinstance(outcome, Reply)}
    return tuple(each for each in addresses if ("AAAA" if ":" in each else "A") not in denied)


def _no_address(host: str, replies: Sequence[Reply]) -> DnsError:
    servers = " and ".join(dict.fromkeys(reply.server for reply in replies))
    exists = any(reply.exists for reply in replies)
    what = "has no address in DNS" if exists else "does not exist"
    return DnsError(f"{host} {what}, according to the name server {servers}", exists=exists)


def _first(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return up to MOST_ADDRESSES of each family, IPv4 first."""
    v4 = [each for each in addresses if ":" not in each]
    v6 = [each for each in addresses if ":" in each]
    return (*v4[:MOST_ADDRESSES], *v6[:MOST_ADDRESSES])


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
