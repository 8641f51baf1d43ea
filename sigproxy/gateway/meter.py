"""One account for each connection: bytes that bring nothing, against those that do."""

from time import monotonic

# What a connection may send, at once, that is neither content nor a message's head: framing of
# chunks, trailers, empty frames, interim responses, TLS messages without data. Time buys more of
# it, since a quiet WebSocket is pinged for days.
SPARE_BYTES = 64 * 1024
SPARE_BYTES_S = 16 * 1024


class Meter:
    """What a connection has left to spend on bytes that bring nothing.

    A limit for each trick (blank lines, extensions, KeyUpdates, ...) would leave the next trick
    without one. Each useful byte buys *worth* more, as far as SPARE_BYTES: nobody can save up.
    """

    __slots__ = ("_left", "_refilled_s", "_worth")

    def __init__(self, worth: int = 1) -> None:
        self._left = SPARE_BYTES
        self._worth = worth
        self._refilled_s = monotonic()

    def spend(self, wasted: int, useful: int) -> bool:
        """Account for bytes that came; return False once too many of them brought nothing."""
        left = self._left - wasted + useful * self._worth
        if left < 0:
            now_s = monotonic()
            left += int((now_s - self._refilled_s) * SPARE_BYTES_S)
            self._refilled_s = now_s
        self._left = left if left < SPARE_BYTES else SPARE_BYTES
        return left >= 0
