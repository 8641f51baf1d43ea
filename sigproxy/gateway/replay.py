"""What is kept of request bodies, to be sent again after a redirect."""

# Each body may keep this much, regardless of others; most are shorter.
OWN_BYTES = 64 * 1024
SMALL_BYTES = 4 * 1024
# Beyond that, all bodies of a worker share this much, or enough for the longest body that may be
# kept, if that is more. When it is used up, a redirect of a longer body is left to its client.
SHARED_BYTES = 1024 * 1024


class ReplayPool:
    """How much may still be kept beyond what each body has of its own."""

    __slots__ = ("left_bytes",)

    def __init__(self, most_bytes: int = 0) -> None:
        """*most_bytes*: of one body."""
        self.left_bytes = max(SHARED_BYTES, most_bytes - OWN_BYTES)


class ReplayBuffer:
    """The beginning of one body; all of it while ``is_whole``, at most *most_bytes*."""

    __slots__ = (
        *("_borrowed_bytes", "_is_sent", "_most_bytes", "_parts", "_pool", "_small"),
        *("is_whole", "size"),
    )

    def __init__(self, most_bytes: int, pool: ReplayPool) -> None:
        self._most_bytes = most_bytes
        self._pool = pool
        # As they came, which costs no copy; but of a body in single bytes, each would cost 60 more.
        self._parts: list[bytes] = []
        self._small = bytearray()  # those behind the parts that are not worth one each
        self.size = 0
        self._borrowed_bytes = 0
        self._is_sent = False
        self.is_whole = True

    @property
    def is_empty(self) -> bool:
        return not self.size

    def keep(self, part: bytes) -> None:
        """Keep the part after those before; once it is too much, nothing for good."""
        if not self.is_whole:
            return
        if len(part) < SMALL_BYTES:
            self._small += part
        if len(part) >= SMALL_BYTES or len(self._small) >= SMALL_BYTES:
            self._gather()
        if len(part) >= SMALL_BYTES:
            self._parts.append(part)
        self.size += len(part)
        missing = max(0, self.size - OWN_BYTES) - self._borrowed_bytes
        if self.size > self._most_bytes or missing > self._pool.left_bytes:
            self.is_whole = False
            if self._is_sent:
                self.forget()
        elif missing > 0:
            self._borrowed_bytes += missing
            self._pool.left_bytes -= missing

    def _gather(self) -> None:
        if self._small:
            self._parts.append(bytes(self._small))
            self._small = bytearray()

    def replay(self) -> list[bytes]:
        """Return all that was kept, to be sent, or sent again, before what comes next."""
        if self._is_sent and not self.is_whole:
            raise RuntimeError("the body's beginning is not there any more")
        self._is_sent = True
        self._gather()
        kept = self._parts.copy()
        if not self.is_whole:
            self.forget()
        return kept

    def forget(self) -> None:
        """Keep nothing from now on: no redirect will ask for it."""
        self.is_whole = False
        self._parts, self._small, self.size = [], bytearray(), 0
        self._pool.left_bytes += self._borrowed_bytes
        self._borrowed_bytes = 0
