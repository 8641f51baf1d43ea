"""One name server, asked with c-ares: without EDNS first, then with EDNS (RFC 6891)."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, log2
from typing import Any
from weakref import WeakSet

import aiodns
import pycares
from aiodns import error as ares
from pycares import DNSResult

from sigproxy.gateway.upstream.obstacle import REFUSED, obstacle
from sigproxy.semantics.resolver_files import zone_last

# How long c-ares waits for the first try; after a quick answer of a server it never waits longer.
# Each further try waits twice as long, minus a random part of up to half.
FIRST_TRY_S = 0.25
# A query without a response after this long is also sent in the other form.
SECOND_FORM_S = 0.5
# How long the second form may take if the first one got a useless response.
SECOND_ANSWER_S = 1.0
# c-ares caches every answer for its TTL, without a limit. So its channel, with the cache, is
# replaced after this many queries, or this many seconds.
MOST_QUESTIONS = 8192
RENEWED_AFTER_S = 300.0

# Without EDNS first, as the C library does: a server that answers getaddrinfo answers us. EDNS is
# for networks that block DNS over TCP, where large answers would be truncated without it.
_PLAIN = pycares.ARES_FLAG_NOCHECKRESP  # report a SERVFAIL at once; do not repeat the query
_EDNS = pycares.ARES_FLAG_NOCHECKRESP | pycares.ARES_FLAG_EDNS

_NO = (ares.ARES_ENODATA, ares.ARES_ENOTFOUND)
NO_SERVER = 26  # ARES_ENOSERVER, which aiodns has no name for: an interface is missing
_WHAT = {
    NO_SERVER: "cannot be reached: this machine has no such network interface",
    ares.ARES_EFORMERR: "answered FORMERR",
    ares.ARES_ESERVFAIL: "answered SERVFAIL",
    ares.ARES_ENOTIMP: "answered NOTIMP",
    ares.ARES_EREFUSED: "answered REFUSED",
    ares.ARES_EBADRESP: "sent an answer that cannot be read",
    ares.ARES_ECONNREFUSED: REFUSED,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A name's *addresses* of one family; none: it has none, or the name does not exist."""

    server: str
    addresses: tuple[str, ...]
    ttl: float
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """*what* the *server* did, for a message such as "192.0.2.53:53 answered SERVFAIL"."""

    server: str
    what: str
    is_silence: bool = False


Attempt = Callable[[], Coroutine[Any, Any, Reply | Failure]]


class NameServer:
    """*address* has a port; deadlines are in seconds of the loop's clock."""

    def __init__(self, address: str, timeout_s: float) -> None:
        self.address = address
        self._loop = asyncio.get_running_loop()
        tries = tries_within(timeout_s)
        self._forms = [_Channel(address, _PLAIN, tries), _Channel(address, _EDNS, tries)]
        self._forms[0].stays_open = True

    def open(self) -> None:
        """Open the channel of the first query; without free descriptors, the query does it."""
        with suppress(ares.DNSError):
            self._forms[0].current()

    async def ask(self, host: str, kind: str, deadline_s: float) -> Reply | Failure:
        """Return the server's reply about *host*; *kind* is "A" or "AAAA"."""
        failures: list[Failure] = []

        async def first() -> Reply | Failure:
            return await self._ask(forms[0], host, kind, deadline_s)

        async def second() -> Reply | Failure:
            until_s = deadline_s
            if failures and not failures[0].is_silence:
                until_s = min(deadline_s, self._loop.time() + SECOND_ANSWER_S)
            return await self._ask(forms[1], host, kind, until_s)

        forms = list(self._forms)
        won = await staggered((first, second), SECOND_FORM_S, failures)
        if won is None:
            return min(failures, key=lambda failure: failure.is_silence)  # not silence, if possible
        number, reply = won
        if number == 1:  # from now on, use the form that worked first
            self._forms = [forms[1], forms[0]]
            forms[1].stays_open, forms[0].stays_open = True, False
            await forms[0].close_if_idle()
        return reply

    async def _ask(
        self, channel: "_Channel", host: str, kind: str, deadline_s: float
    ) -> Reply | Failure:
        began_s = self._loop.time()
        try:
            async with asyncio.timeout_at(deadline_s):
                result = await channel.query(host, kind)
        except ares.DNSError as error:
            if error.args[0] in _NO:
                return Reply(self.address, (), 0.0, error.args[0] == ares.ARES_ENODATA)
            if error.args[0] != ares.ARES_ETIMEOUT:
                return Failure(self.address, _WHAT.get(error.args[0], f"failed: {error.args[1]}"))
            # c-ares says the same of what could not be sent, or came back by ICMP.
            waited_s, why = self._loop.time() - began_s, obstacle(self.address)
            if why or waited_s < FIRST_TRY_S:
                return Failure(self.address, why or REFUSED)
        except TimeoutError:
            waited_s = self._loop.time() - began_s
        else:
            return Reply(self.address, _addresses(result), _ttl(result))
        return Failure(
            self.address, f"did not answer within {round(waited_s, 1):g} s", is_silence=True
        )

    async def close(self) -> None:
        for form in self._forms:
            await form.close()


class _Channel:
    """c-ares for one server and one form of queries, opened when it is first needed.

    It has its own thread and some descriptors.
    """

    def __init__(self, address: str, flags: int, tries: int) -> None:
        self._address = address
        self._flags = flags
        self._tries = tries
        self._loop = asyncio.get_running_loop()
        self._dns: aiodns.DNSResolver | None = None
        # Also replaced ones, whose queries are not finished yet.
        self._made: WeakSet[aiodns.DNSResolver] = WeakSet()
        self.stays_open = False
        self._under_way = 0
        self._asked = 0
        self._made_s = 0.0

    async def query(self, host: str, kind: str) -> DNSResult:
        """Return the records; raise DNSError if there are none."""
        dns = self.current()  # a reference, in case it is replaced during the query
        self._asked += 1
        self._under_way += 1
        try:
            return await dns.query_dns(host, kind)
        except ares.DNSError as error:
            if error.args[0] == NO_SERVER and self._dns is dns:
                self._dns = None  # opened anew by the next query, when the interface may be there
            raise
        finally:
            self._under_way -= 1
            await self.close_if_idle()

    async def close_if_idle(self) -> None:
        if not (self.stays_open or self._under_way):
            await self.close()

    def current(self) -> aiodns.DNSResolver:
        """Return c-ares; raise DNSError if it cannot be opened: no descriptor is left."""
        now_s = self._loop.time()
        is_old = self._asked >= MOST_QUESTIONS or now_s - self._made_s >= RENEWED_AFTER_S
        if self._dns is None or is_old:
            try:
                self._dns = aiodns.DNSResolver(
                    [zone_last(self._address)],
                    timeout=FIRST_TRY_S,
                    tries=self._tries,
                    flags=self._flags,
                )
            except pycares.AresError as error:
                if self._dns is None:
                    raise ares.DNSError(ares.ARES_EFILE, str(error)) from error
            self._made.add(self._dns)
            self._asked, self._made_s = 0, now_s
        return self._dns

    async def close(self) -> None:
        self._dns = None
        for dns in list(self._made):
            await dns.close()


def tries_within(timeout_s: float) -> int:
    """Return enough tries for *timeout_s*, so that our own deadline ends a lookup."""
    return max(2, ceil(log2(2 * timeout_s / FIRST_TRY_S)))


async def staggered(
    attempts: Sequence[Attempt], delay_s: float, failures: list[Failure]
) -> tuple[int, Reply] | None:
    """Start *attempts* in order, the next one when one has failed, or *delay_s* have passed.

    Return the first reply and the number of its attempt; None if all have failed. Each failure is
    appended to *failures*.
    """
    waiting = list(enumerate(attempts))
    running: dict[asyncio.Task[Reply | Failure], int] = {}
    try:
        while waiting or running:
            if waiting:
                number, attempt = waiting.pop(0)
                running[asyncio.get_running_loop().create_task(attempt())] = number
            done, _ = await asyncio.wait(
                running,
                timeout=delay_s if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in sorted(done, key=running.__getitem__):
                number, result = running.pop(task), task.result()
                if isinstance(result, Reply):
                    return number, result
                failures.append(result)
        return None
    finally:
        await end(*running)


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel *tasks* and wait until they have ended; ignore their results and errors."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _addresses(result: DNSResult) -> tuple[str, ...]:
    found = (getattr(record.data, "addr", None) for record in result.answer)
    return tuple(address for address in found if isinstance(address, str))


def _ttl(result: DNSResult) -> float:
    return min((record.ttl for record in result.answer), default=0)
