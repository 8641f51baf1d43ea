"""A bounded queue of log lines, and a thread that writes them to a file or a pipe.

A slow reader of a pipe, a disk or a file server can block a write. Only the thread is blocked then;
``put`` never waits.
"""

import atexit
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from sigproxy.telemetry.losses import Losses
from sigproxy.telemetry.sinks import Sink, Unwritten
from sigproxy.telemetry.threads import without_signals

ROOM_BYTES = 4 * 1024 * 1024  # about ten thousand lines
RETRY_S = 0.2  # for a FIFO that nobody reads
# How long the end of a process waits for its logs, and again for the error log (config.nesting).
EXIT_S = 1.0


class Spool:
    """Writes blocks to *sink* in their order, each of whole lines.

    If the queue is full, or a block cannot be written, *losses* counts its lines, and *say* gets a
    message about them.

    The thread starts with the first block of a process. A fork has no copy of the thread: the
    parent writes what is queued at that moment.
    """

    def __init__(
        self,
        sink: Sink,
        losses: Losses,
        say: Callable[[str], None],
        room_bytes: int = ROOM_BYTES,
    ) -> None:
        self._sink = sink
        self._losses = losses
        self._say = say
        self._room_bytes = room_bytes
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._blocks: deque[bytes] = deque()  # the first is being written
        self._held_bytes = 0
        self._thread: threading.Thread | None = None
        self._is_closing = False
        self._losses.forget()

    def put(self, block: bytes) -> None:
        """Queue *block*; if there is no room for it, it is lost."""
        if self._pid != os.getpid():
            self._begin()
        news = None
        with self._changed:
            if self._held_bytes + len(block) <= self._room_bytes:
                self._blocks.append(block)
                self._held_bytes += len(block)
                self._is_closing = False
                self._wake()
            else:
                news = self._losses.note(block.count(b"\n"), self._sink.slow)
        self._tell(news)

    def _wake(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._changed.notify_all()
            return
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        try:
            with without_signals():
                self._thread.start()
        except RuntimeError:  # no more threads; the next block tries again
            self._thread = None

    def close(self) -> None:
        """End the thread and close the sink as soon as everything is written."""
        if self._pid == os.getpid():
            with self._changed:
                self._is_closing = True
                self._changed.notify_all()

    def settle(self, within_s: float) -> bool:
        """Wait until everything is written, up to *within_s*; return whether it is."""
        if self._pid != os.getpid():
            return True
        with self._changed:
            return self._changed.wait_for(lambda: not self._blocks, within_s)

    def finish(self, until_s: float) -> None:
        """Wait like ``settle``, until *until_s* of the monotonic clock; count the rest as lost.

        Call it at the end of the process.
        """
        self.settle(max(0.0, until_s - monotonic()))
        if self._pid != os.getpid():
            return
        with self._changed:
            lines = sum(block.count(b"\n") for block in self._blocks)
            news = self._losses.note(lines, self._sink.slow) if lines else None
            news = news or self._losses.rest()
        self._tell(news)

    def _tell(self, news: str | None) -> None:
        """Log *news*, without holding the lock: logging may call ``put`` again."""
        if news is not None:
            self._say(news)

    def _run(self) -> None:
        while (block := self._next()) is not None:
            try:
                self._tell(self._written(block))
            finally:
                with self._changed:
                    self._blocks.popleft()
                    self._held_bytes -= len(block)
                    self._changed.notify_all()

    def _next(self) -> bytes | None:
        """Return the first block, which stays in the queue; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._blocks or self._is_closing)
            if self._blocks:
                return self._blocks[0]
            self._thread = None
            self._sink.close()
            return None

    def _written(self, block: bytes) -> str | None:
        """Write *block*, or count it as lost; return a message to log, or None."""
        while True:
            try:
                self._sink.write(block)
            except Unwritten as error:
                block = error.rest
                if error.is_only_early and not self._is_given_up():
                    continue
                with self._changed:
                    return self._losses.note(block.count(b"\n"), error.why)
            with self._changed:
                return self._losses.went_on(is_caught_up=len(self._blocks) == 1)

    def _is_given_up(self) -> bool:
        """Wait RETRY_S for a reader; return True if the spool is closing instead."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_closing, RETRY_S)


class Finishing(Protocol):
    def finish(self, until_s: float) -> None:
        """Write what is left, until *until_s* of the monotonic clock."""


_first: "weakref.WeakSet[Finishing]" = weakref.WeakSet()
_last: "weakref.WeakSet[Finishing]" = weakref.WeakSet()


def finish_at_exit(each: Finishing, *, is_last: bool = False) -> None:
    """Call *each*'s ``finish`` at exit; *is_last*: after the others, which may still log to it."""
    (_last if is_last else _first).add(each)


@atexit.register
def _finish() -> None:
    for group in (_first, _last):
        until_s = monotonic() + EXIT_S
        for each in list(group):
            each.finish(until_s)
