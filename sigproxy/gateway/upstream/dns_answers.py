"""Answers of DNS: fresh for their TTL, and stale for a while where no others come (RFC 8767)."""

from dataclasses import dataclass

MAX_TTL_S = 300.0  # a vendor that moves a host waits no longer for us
STALE_FOR_S = 300.0  # RFC 8767, 5 suggests days, for resolvers; a vendor's addresses move sooner
# After a failure the stale answer serves so long before DNS is asked again. RFC 8767, 5: 30 s, for
# a resolver that asks the servers of the world; ours is near.
RECHECK_S = 5.0
MAX_NAMES = 4096  # a client that asks for ever new names evicts the oldest


@dataclass(slots=True)
class Answer:
    """*addresses* have been vetted. It ``serves_until_s`` without asking DNS."""

    addresses: tuple[str, ...]
    expires_s: float
    serves_until_s: float
    is_stale: bool = False


class Answers:
    """One answer for each host; times are those of the caller's clock."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def serving(self, host: str, now_s: float) -> tuple[str, ...] | None:
        """Return the addresses that are good without asking DNS: fresh ones, or stale for now."""
        answer = self._answers.get(host)
        return answer.addresses if answer is not None and answer.serves_until_s > now_s else None

    def kept(self, host: str, now_s: float) -> Answer | None:
        """Return the answer that may serve if DNS fails."""
        answer = self._answers.get(host)
        if answer is not None and answer.expires_s + STALE_FOR_S <= now_s:
            self.drop(host)
            return None
        return answer

    def keep(self, host: str, addresses: tuple[str, ...], ttl_s: float, now_s: float) -> None:
        """Remember a fresh answer. One with a TTL of 0 serves only where DNS then fails."""
        self.drop(host)
        while len(self._answers) >= MAX_NAMES:
            del self._answers[next(iter(self._answers))]
        expires_s = now_s + min(ttl_s, MAX_TTL_S)
        self._answers[host] = Answer(addresses, expires_s, expires_s)

    def failed(self, answer: Answer, now_s: float) -> None:
        """Let *answer* serve on, since DNS gave no other."""
        answer.is_stale = True
        answer.serves_until_s = min(now_s + RECHECK_S, answer.expires_s + STALE_FOR_S)

    def drop(self, host: str) -> None:
        self._answers.pop(host, None)
