"""A cache of DNS answers: fresh for their TTL, then stale for a while if DNS fails (RFC 8767)."""

from dataclasses import dataclass

MAX_TTL_S = 300.0  # after a vendor moves a host, we use the old address no longer than this
STALE_FOR_S = 300.0  # RFC 8767, 5 suggests days, for resolvers; vendors' addresses change sooner
# After a failure, the stale answer is used this long before DNS is asked again. RFC 8767, 5 has
# 30 s, for a resolver that asks servers all over the world; our name server is near.
RECHECK_S = 5.0
MAX_NAMES = 4096  # beyond that, the oldest is evicted: a client may invent names without end


@dataclass(slots=True)
class Answer:
    """Vetted *addresses*. Until ``serves_until_s`` they are used without asking DNS."""

    addresses: tuple[str, ...]
    expires_s: float
    serves_until_s: float
    is_stale: bool = False


class Answers:
    """One answer for each host; times are in seconds of the caller's clock."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def serving(self, host: str, now_s: float) -> tuple[str, ...] | None:
        """Return the addresses to use without asking DNS: fresh ones; in an outage, stale ones."""
        answer = self._answers.get(host)
        return answer.addresses if answer is not None and answer.serves_until_s > now_s else None

    def kept(self, host: str, now_s: float) -> Answer | None:
        """Return the answer that may be used if DNS fails."""
        answer = self._answers.get(host)
        if answer is not None and answer.expires_s + STALE_FOR_S <= now_s:
            self.drop(host)
            return None
        return answer

    def keep(self, host: str, addresses: tuple[str, ...], ttl_s: float, now_s: float) -> None:
        """Store a fresh answer. With a TTL of 0 it is used only if DNS fails later."""
        self.drop(host)
        while len(self._answers) >= MAX_NAMES:
            del self._answers[next(iter(self._answers))]
        expires_s = now_s + min(ttl_s, MAX_TTL_S)
        self._answers[host] = Answer(addresses, expires_s, expires_s)

    def failed(self, answer: Answer, now_s: float) -> None:
        """Use *answer* for longer, since DNS has failed."""
        answer.is_stale = True
        answer.serves_until_s = min(now_s + RECHECK_S, answer.expires_s + STALE_FOR_S)

    def drop(self, host: str) -> None:
        self._answers.pop(host, None)
