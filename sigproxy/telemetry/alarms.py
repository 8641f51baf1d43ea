"""Log problems that only the operator can solve: once a minute, not for each exchange."""

import logging
import resource
import time

from sigproxy.errors import DescriptorsExhausted
from sigproxy.errors.media import TurnUnreachable
from sigproxy.exchange import Exchange
from sigproxy.throttle import Throttle

log = logging.getLogger("sigproxy")

SAY_EVERY_S = 60.0


class Alarms:
    """An observer that says which exchanges failed for what only the operator can mend."""

    def __init__(self) -> None:
        self._refused = 0
        self._throttle = Throttle(SAY_EVERY_S)
        self._turn_throttle = Throttle(SAY_EVERY_S)

    def opened(self, exchange: Exchange) -> None: ...

    def ended(self, exchange: Exchange) -> None:
        if exchange.error == TurnUnreachable.token:
            if self._turn_throttle.permits(time.monotonic()):
                log.error("%s", exchange.detail)
        elif exchange.error == DescriptorsExhausted.token:
            self._say_exhausted()

    def _say_exhausted(self) -> None:
        self._refused += 1
        if self._throttle.permits(time.monotonic()):
            limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            log.error(
                "all %d file descriptors of this worker are in use; %d request(s) answered 503. "
                "Raise LimitNOFILE= in the unit (ulimit -n in a shell), or server.workers",
                limit,
                self._refused,
            )
            self._refused = 0

    def failed(self, exchange: Exchange) -> None: ...

    def closed(self) -> None: ...
