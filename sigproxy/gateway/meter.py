"""Limit the useless bytes of each connection, compared with its useful ones."""

from time import monotonic

# How many bytes a connection may send that are neither content nor a message's head: framing of
# chunks, trailers, empty frames, interim responses, TLS messages without data. The allowance also
# grows with time, since a quiet WebSocket sends pings for days.
SPARE_BYTES = 64 * 1024
SPARE_BYTES_S = 16 * 1024


class Meter:
    """The number of useless bytes that a connection may still send.

    One limit for all attacks (blank lines, chunk extensions, KeyUpdates, ...) also covers new ones.
    Each useful byte adds *worth* bytes to the allowance, up to SPARE_BYTES.
    """

    __slots__ = ("_left", "_refilled_s", "_worth")

    def __init__(self, worth: int = 1) -> None:
        self._left = SPARE_BYTES
        self._worth = worth
        self._refilled_s = monotonic()

    def spend(self, wasted: int, useful: int) -> bool:
        """Count bytes that were received; return False once too many of them were useless."""
        left = self._left - wasted + useful * self._worth
        if left < 0:
            now_s = monotonic()
            left += int((now_s - self._refilled_s) * SPARE_BYTES_S)
            self._refilled_s = now_s
        self._left = left if left < SPARE_BYTES else SPARE_BYTES
        return left >= 0
