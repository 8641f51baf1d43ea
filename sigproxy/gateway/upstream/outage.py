"""Says in the error log that DNS fails and addresses of before serve, and that it answers again."""

import logging

from sigproxy.gateway.upstream.dns_answers import MAX_NAMES, STALE_FOR_S
from sigproxy.throttle import Throttle

SAY_EVERY_S = 60.0

log = logging.getLogger("sigproxy")


class Outage:
    """Each is said once, and a new outage not before a minute has passed."""

    def __init__(self) -> None:
        self._throttle = Throttle(SAY_EVERY_S)
        self._is_said = False
        self._until_s: dict[str, float] = {}  # how long the stale answer of a host may serve

    def serves(self, host: str, until_s: float, now_s: float, reason: str) -> None:
        """Note that a stale answer serves, for that *reason*, and may do so until then."""
        if len(self._until_s) < MAX_NAMES:
            self._until_s[host] = until_s
        if self._is_said or not self._throttle.permits(now_s):
            return
        self._is_said = True
        log.error(
            "DNS fails: %s. Addresses that are known from before serve for %g s beyond "
            "their time to live, where hosts have some",
            reason,
            STALE_FOR_S,
        )

    def answered(self, host: str, now_s: float) -> None:
        """Note that there is a fresh answer for *host*; with the last of them the outage ends."""
        if not self._until_s:
            return
        self._until_s.pop(host, None)
        if any(until_s > now_s for until_s in self._until_s.values()):
            return
        self._until_s.clear()
        if self._is_said:
            self._is_said = False
            log.warning("DNS answers again; fresh addresses are in use")
