"""What our own TURN server must refuse: strangers, stale credentials, and peers inside.

Whoever has a credential could else reach what the server's own machine reaches: databases, the
cloud's metadata, the gateway's admin port (CVE-2026-27624, and Slack's TURN server in 2020).
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import time

from sigproxy.gateway.issuer import random_id
from sigproxy.policies.turn import Credential, Turn, issue
from sigproxy.semantics.stun import Address
from sigproxy.tools.doctor.finding import Finding, failure, warning, well
from sigproxy.tools.doctor.turn.way import UNAUTHENTICATED, WRONG_CREDENTIALS, Way
from sigproxy.tools.turn_client import RelaysForAll, TurnClient, TurnError

STEP_S = 3.0
IN_ALL_S = 9.0
EXPIRED_AGO_S = 3600
# One of each kind: loopback, private networks, link-local with the clouds' metadata, and the same
# in IPv6 and in IPv6's spellings of IPv4.
INSIDE = (
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254"),
    *("0.0.0.0", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *("64:ff9b::7f00:1", "2002:7f00:1::1", "fd00::1", "fe80::1"),
)
STRANGERS, STALE, PEERS = "turn strangers", "turn credentials", "turn peers"


@dataclass(frozen=True, slots=True)
class DenialsSeen:
    """*relays_for_all*: without a credential. *wrong*, *expired*: whether such a one was taken.

    *others*: of each further secret in the file, whether its credentials are taken. *reachable*:
    the peers inside that were not refused; None: nobody could try, *why* says what came.
    """

    relays_for_all: bool = False
    wrong: bool | None = None
    expired: bool | None = None
    others: tuple[bool, ...] = ()
    reachable: tuple[str, ...] | None = None
    why: str = ""


async def probe(way: Way, turn: Turn) -> DenialsSeen:
    """Ask for what is to be refused, over a *way* that relays."""
    now_s = int(time())
    forged = replace(turn, secrets=(secrets.token_hex(32).encode(),))
    old = replace(turn, ttl_s=-EXPIRED_AGO_S)
    seen = DenialsSeen()
    try:
        async with asyncio.timeout(IN_ALL_S):
            seen = replace(seen, wrong=await _is_taken(way, issue(forged, now_s, random_id())))
            seen = replace(seen, expired=await _is_taken(way, issue(old, now_s, random_id())))
            for secret in turn.secrets[1:]:
                other = issue(replace(turn, secrets=(secret,)), now_s, random_id())
                seen = replace(seen, others=(*seen.others, await _is_taken(way, other)))
            own = issue(turn, now_s, random_id())
            return replace(seen, reachable=await _reachable(way, own, INSIDE))
    except RelaysForAll:
        return DenialsSeen(relays_for_all=True)
    except (OSError, TurnError) as error:
        return replace(seen, why=str(error) or "it does not answer in time")


async def _is_taken(way: Way, shown: Credential) -> bool:
    async with _client(way) as client:
        try:
            async with asyncio.timeout(STEP_S):
                await client.allocate(shown.username, shown.password)
        except TurnError as error:
            if error.code in (UNAUTHENTICATED, WRONG_CREDENTIALS):
                return False
            raise
        return True


async def _reachable(way: Way, own: Credential, peers: Sequence[str]) -> tuple[str, ...]:
    """Return those of *peers* to which the server would relay; nothing is sent to them."""
    found: list[str] = []
    async with _client(way) as client:
        async with asyncio.timeout(STEP_S):
            await client.allocate(own.username, own.password)
        for peer in peers:
            try:
                async with asyncio.timeout(STEP_S):
                    await client.permit(Address.of(peer, 0))
                found.append(peer)
            except TurnError as error:
                if not error.code:  # no answer of TURN's
                    raise
    return tuple(found)


@asynccontextmanager
async def _client(way: Way) -> AsyncIterator[TurnClient]:
    async with asyncio.timeout(STEP_S):
        client = TurnClient(await way.open())
    try:
        yield client
    finally:
        client.close()


def judge(seen: DenialsSeen) -> Iterator[Finding]:
    if seen.relays_for_all:
        what = "whoever connects may relay, without any credential"
        remedy = "remove no-auth from turnserver.conf; `sigproxy coturn` prints a safe one"
        yield failure(STRANGERS, "turn_open_relay", what, remedy)
        return
    yield from _credentials(seen)
    if seen.reachable is None:
        yield warning(PEERS, "turn_untested", f"what it refuses could not be tried: {seen.why}")
    elif seen.reachable:
        yield failure(
            PEERS,
            "turn_peer_exposed",
            f"it relays to addresses inside: {', '.join(seen.reachable)}",
            "add the denied-peer-ip lines that `sigproxy coturn` prints",
        )
    else:
        yield well(PEERS, f"it refuses all {len(INSIDE)} addresses inside that were tried")


def _credentials(seen: DenialsSeen) -> Iterator[Finding]:
    if seen.wrong is not None:
        yield well(STRANGERS, "it asks for a credential")
    if seen.wrong:
        what = "it takes a credential that was made with another secret"
        remedy = "it should have use-auth-secret and no user= lines; see `sigproxy coturn`"
        yield failure(STALE, "turn_wrong_secret_taken", what, remedy)
    if seen.expired:
        what = f"it takes a credential that expired {EXPIRED_AGO_S // 60} minutes ago"
        remedy = "check the clock of the TURN server's machine, and that it has use-auth-secret"
        yield failure(STALE, "turn_expired_taken", what, remedy)
    for number, is_taken in enumerate(seen.others, 2):
        if not is_taken:
            what = f"it refuses credentials of the secret number {number} in turn.secret_file"
            remedy = "give it all secrets of the file, and restart it"
            yield failure(STALE, "turn_secret_unknown", what, remedy)
    if (seen.wrong, seen.expired, all(seen.others)) == (False, False, True):
        yield well(STALE, "it refuses another secret's and expired ones")
