"""Log a DNS outage, in which stale addresses are used, and its end, in the error log."""

import logging

from sigproxy.gateway.upstream.dns_answers import MAX_NAMES, STALE_FOR_S
from sigproxy.throttle import Throttle

SAY_EVERY_S = 60.0

log = logging.getLogger("sigproxy")


class Outage:
    """Logs the start and the end of an outage once; the next one at the earliest a minute later."""

    def __init__(self) -> None:
        self._throttle = Throttle(SAY_EVERY_S)
        self._is_said = False
        self._until_s: dict[str, float] = {}  # until when each host's stale answer may be used

    def serves(self, host: str, until_s: float, now_s: float, reason: str) -> None:
        """Note that *host*'s stale answer is used until *until_s* at most, because of *reason*."""
        if len(self._until_s) < MAX_NAMES:
            self._until_s[host] = until_s
        if self._is_said or not self._throttle.permits(now_s):
            return
        self._is_said = True
        log.error(
            "DNS fails: %s. Addresses from earlier answers are used for up to %g s beyond their "
            "time to live",
            reason,
            STALE_FOR_S,
        )

    def answered(self, host: str, now_s: float) -> None:
        """Note a fresh answer for *host*; the outage ends when no stale answer is in use."""
        if not self._until_s:
            return
        self._until_s.pop(host, None)
        if any(until_s > now_s for until_s in self._until_s.values()):
            return
        self._until_s.clear()
        if self._is_said:
            self._is_said = False
            log.warning("DNS answers again; fresh addresses are in use")
