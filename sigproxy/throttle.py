"""Saying something now and then, however often there is reason to."""

import math


class Throttle:
    """Permits a thing at once, and again *every_s* seconds after it was done last."""

    __slots__ = ("_every_s", "_last_s")

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._last_s = -math.inf

    def permits(self, now_s: float) -> bool:
        """Return whether it is time; if so, the next is *every_s* later."""
        if now_s - self._last_s < self._every_s:
            return False
        self.restart(now_s)
        return True

    def restart(self, now_s: float) -> None:
        """Count from *now_s*: the thing was done without asking."""
        self._last_s = now_s
