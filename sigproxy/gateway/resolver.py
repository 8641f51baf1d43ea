"""Names to addresses that may be dialled, for as long as DNS says so."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from math import ceil, log2

import aiodns
from aiodns import error as ares
from pycares import DNSResult

from sigproxy.errors import DnsError, DnsTimeout, GatewayError
from sigproxy.gateway import descriptors

# RFC 8305, 3: with one family's answer in hand, the other is worth this much waiting.
RESOLUTION_DELAY_S = 0.05
# How long c-ares waits for a first try: once a server has been quick, no longer, whatever it is
# told. Each try waits twice as long as the one before, less up to half of that by chance.
FIRST_TRY_S = 0.25
MAX_TTL_S = 300.0  # a vendor that moves a host waits no longer for us
MAX_NAMES = 4096  # a client that asks for ever new names evicts the oldest
MOST_ADDRESSES = 8  # kept of each family; an answer over TCP may have 4,000
_ANSWERED = (ares.ARES_ENODATA, ares.ARES_ENOTFOUND)  # with a no

Vet = Callable[[str, Iterable[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Answer:
    addresses: tuple[str, ...]
    expires_s: float


class Resolver:
    """Answers from DNS, vetted once and kept for their TTL; one lookup a name at a time."""

    def __init__(self, nameservers: Sequence[str], vet: Vet, timeout_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._dns = aiodns.DNSResolver(
            nameservers or None, timeout=FIRST_TRY_S, tries=tries_within(timeout_s)
        )
        self._vet = vet
        self._timeout_s = timeout_s
        self._answers: dict[str, _Answer] = {}
        self._lookups: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    def known(self, host: str) -> tuple[str, ...] | None:
        """Return what ``resolve`` would without asking; None if it would have to."""
        answer = self._answers.get(host)
        if answer is not None and answer.expires_s > self._loop.time():
            return answer.addresses
        return None

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Return the addresses of *host*, each of which may be dialled.

        Raises AddressRefused if one of them may not, DnsError, DnsTimeout, or
        DescriptorsExhausted.
        """
        if known := self.known(host):
            return known
        lookup = self._lookups.get(host)
        if lookup is None:
            lookup = self._loop.create_task(self._look_up(host))
            self._lookups[host] = lookup
            lookup.add_done_callback(lambda done: self._forget(host, done))
        return await asyncio.shield(lookup)  # whoever gives up leaves it to the others

    def _forget(self, host: str, done: asyncio.Task[tuple[str, ...]]) -> None:
        del self._lookups[host]
        if not done.cancelled():
            done.exception()  # retrieved: all who waited may have left

    async def _look_up(self, host: str) -> tuple[str, ...]:
        if _is_literal(host):
            return self._vet(host, (host,))
        results = await self._query(host)
        vetted = [self._vet(host, _addresses(result)) for result in results]  # all of them
        addresses = tuple(each for family in vetted for each in family[:MOST_ADDRESSES])
        ttl = min((_ttl(result) for result in results), default=0)
        self._answers.pop(host, None)
        if ttl > 0:
            while len(self._answers) >= MAX_NAMES:
                del self._answers[next(iter(self._answers))]
            self._answers[host] = _Answer(addresses, self._loop.time() + min(ttl, MAX_TTL_S))
        return addresses

    async def _query(self, host: str) -> list[DNSResult]:
        """Ask for A and AAAA at once; return what has addresses, IPv4 first."""
        queries = [self._dns.query_dns(host, kind) for kind in ("A", "AAAA")]
        deadline = self._loop.time() + self._timeout_s
        try:
            await asyncio.wait(
                queries, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            left = deadline - self._loop.time()
            wait_s = RESOLUTION_DELAY_S if _usable(queries) else left
            await asyncio.wait(queries, timeout=max(0.0, min(wait_s, left)))
            usable = _usable(queries)
            if not usable:
                raise _failure(host, queries, self._timeout_s)
            return usable
        finally:
            for query in queries:
                query.cancel()

    async def close(self) -> None:
        for lookup in list(self._lookups.values()):
            lookup.cancel()
        await self._dns.close()


def tries_within(timeout_s: float) -> int:
    """Return how many tries surely last for *timeout_s*: the end of a lookup is ours."""
    return max(2, ceil(log2(2 * timeout_s / FIRST_TRY_S)))


def _usable(queries: Iterable[asyncio.Future[DNSResult]]) -> list[DNSResult]:
    return [
        query.result()
        for query in queries
        if query.done() and query.exception() is None and _addresses(query.result())
    ]


def _failure(
    host: str, queries: Iterable[asyncio.Future[DNSResult]], timeout_s: float
) -> GatewayError:
    for query in queries:
        error = query.exception() if query.done() else None
        if query.done() and (error is None or error.args[0] in _ANSWERED):
            continue
        if descriptors.are_used_up():
            return descriptors.exhausted()
        if error is None or error.args[0] == ares.ARES_ETIMEOUT:
            return DnsTimeout(f"no name server answered for {host} within {timeout_s:g} s")
        return DnsError(f"the name server failed for {host}: {error.args[1]}")
    return DnsError(f"{host} has no address in DNS")


def _addresses(result: DNSResult) -> list[str]:
    found = (getattr(record.data, "addr", None) for record in result.answer)
    return [address for address in found if isinstance(address, str)]


def _ttl(result: DNSResult) -> float:
    return min((record.ttl for record in result.answer), default=0)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
