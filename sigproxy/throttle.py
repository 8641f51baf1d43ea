"""A limit on how often something is done, such as a message in the log."""

import math


class Throttle:
    """Permits an action at once, and then again *every_s* seconds after the last time."""

    __slots__ = ("_every_s", "_last_s")

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._last_s = -math.inf

    def permits(self, now_s: float) -> bool:
        """Return whether the action is permitted at *now_s*; if so, count it as done."""
        if now_s - self._last_s < self._every_s:
            return False
        self.restart(now_s)
        return True

    def restart(self, now_s: float) -> None:
        """Start the interval at *now_s*, without asking for permission."""
        self._last_s = now_s


class Allowance:
    """Permits an action *most* times in a second; what is not used does not add up."""

    __slots__ = ("_began_s", "_left", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = 0
        self._began_s = -math.inf

    def permits(self, now_s: float) -> bool:
        """Return whether the action is permitted at *now_s*; if so, count it as done."""
        if now_s - self._began_s >= 1.0:
            self._began_s, self._left = now_s, self._most
        if not self._left:
            return False
        self._left -= 1
        return True
