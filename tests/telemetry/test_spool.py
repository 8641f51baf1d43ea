"""A queue before what may keep one waiting: bounded, in order, and never waited for."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from sigproxy.telemetry import spool as spools
from sigproxy.telemetry.losses import Losses
from sigproxy.telemetry.sinks import Unwritten
from sigproxy.telemetry.spool import Spool
from tests.lab.wire import WAIT_S

LINE = b"0123456789\n"


class Reader:
    """A sink that writes while it is let to."""

    slow = "the reader did not read"

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.written: list[bytes] = []
        self.faults: list[Unwritten] = []
        self.is_closed = False

    def write(self, block: bytes) -> None:
        self.may_go_on.wait()
        if self.faults:
            raise self.faults.pop(0)
        self.written.append(block)

    def close(self) -> None:
        self.is_closed = True


class Lab:
    def __init__(self, room_lines: int = 100) -> None:
        self.reader = Reader()
        self.said: list[str] = []
        losses = Losses("access log", "mend it")
        self.spool = Spool(self.reader, losses, self.said.append, room_lines * len(LINE))

    def goes_on(self) -> None:
        self.reader.may_go_on.set()
        assert self.spool.settle(WAIT_S)


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab(room_lines=10)
    yield lab
    lab.reader.may_go_on.set()
    lab.spool.close()


def test_whoever_hands_over_does_not_wait_and_the_order_is_kept(lab: Lab) -> None:
    blocks = [b"%010d\n" % number for number in range(10)]
    for block in blocks:
        lab.spool.put(block)
    assert lab.reader.written == []
    lab.goes_on()
    assert lab.reader.written == blocks
    assert lab.said == []


def test_what_there_is_no_room_for_is_counted_and_all_of_it_is_said(lab: Lab) -> None:
    for _ in range(14):
        lab.spool.put(LINE)
    assert lab.said == ["1 line of the access log was lost: the reader did not read; mend it"]
    lab.goes_on()
    lab.spool.put(b"again\n")
    assert lab.spool.settle(WAIT_S)
    lab.spool.finish(monotonic() + WAIT_S)
    assert lab.reader.written == [LINE] * 10 + [b"again\n"]
    assert lab.said[1:] == ["3 lines of the access log were lost: the reader did not read; mend it"]


def test_what_cannot_be_written_is_counted_and_the_next_is_tried(lab: Lab) -> None:
    lab.reader.faults = [Unwritten(b"half\nlost\n", "the disk is full")]
    lab.spool.put(b"whole\nhalf\nlost\n")
    lab.spool.put(b"next\n")
    lab.goes_on()
    assert lab.reader.written == [b"next\n"]
    assert lab.said == ["2 lines of the access log were lost: the disk is full; mend it"]


def test_what_nobody_reads_yet_is_kept_and_its_rest_alone_is_tried_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "RETRY_S", 0.001)
    lab.reader.faults = [Unwritten(b"rest\n", "nobody reads", is_only_early=True)] * 3
    lab.spool.put(b"gone\nrest\n")
    lab.goes_on()
    assert lab.reader.written == [b"rest\n"]
    assert lab.said == []


def test_a_close_does_not_wait_for_a_reader_that_may_never_come(lab: Lab) -> None:
    early = Unwritten(LINE, "nobody reads", is_only_early=True)
    lab.reader.faults = [early] * 1_000_000
    lab.spool.put(LINE)
    lab.spool.close()
    lab.goes_on()
    assert lab.said == ["1 line of the access log was lost: nobody reads; mend it"]


def test_a_close_lets_the_last_lines_be_written_and_the_thread_end(lab: Lab) -> None:
    lab.spool.put(LINE)
    thread = lab.spool._thread
    assert thread is not None
    lab.spool.close()
    lab.reader.may_go_on.set()
    thread.join(WAIT_S)
    assert (lab.reader.written, lab.reader.is_closed) == ([LINE], True)
    assert not thread.is_alive()

    lab.spool.put(b"later\n")  # and a line that comes yet has a thread of its own
    lab.goes_on()
    assert lab.reader.written == [LINE, b"later\n"]


def test_the_end_of_a_process_waits_no_longer_than_it_may(lab: Lab) -> None:
    lab.spool.put(LINE * 3)
    lab.spool.put(LINE)
    began_s = monotonic()
    lab.spool.finish(began_s + 0.05)
    assert 0.05 <= monotonic() - began_s < WAIT_S
    assert lab.said == ["4 lines of the access log were lost: the reader did not read; mend it"]


def test_without_a_thread_lines_wait_for_one(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def no_more(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    lab.spool.put(b"first\n")
    monkeypatch.setattr(threading.Thread, "start", start)
    lab.spool.put(b"second\n")
    lab.goes_on()
    assert lab.reader.written == [b"first\n", b"second\n"]


def test_signals_are_left_to_the_main_thread(lab: Lab) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    lab.spool.put(LINE)
    thread = lab.spool._thread
    assert thread is not None
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    assert all(blocked >> number - 1 & 1 for number in (signal.SIGTERM, signal.SIGHUP))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_a_queue_of_its_own() -> None:
    """The thread does not come along; and its lines would be written twice."""
    reading, writing = os.pipe()

    class Pipe(Reader):
        def write(self, block: bytes) -> None:
            self.may_go_on.wait()
            os.write(writing, block)

    lab = Lab()
    lab.reader = Pipe()
    lab.spool = Spool(lab.reader, Losses("access log", ""), lab.said.append)
    lab.spool.put(b"parent\n")
    child = os.fork()
    if not child:
        lab.reader.may_go_on = threading.Event()
        lab.reader.may_go_on.set()
        lab.spool.put(b"child\n")
        os._exit(0 if lab.spool.settle(WAIT_S) else 1)
    assert os.waitpid(child, 0)[1] == 0
    lab.goes_on()
    lab.spool.close()
    os.close(writing)
    assert os.read(reading, 100) == b"child\nparent\n"
    os.close(reading)
