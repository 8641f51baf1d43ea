"""Logs that nobody takes, or that were closed: the gateway starts, serves, reloads and ends."""

import errno
import fcntl
import os
import re
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.frames import close, echo_frames, handshake, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.service.conftest import Make
from tests.service.process import SERVE, START_S, Service

COMMAND = shlex.join(SERVE)
# To stop takes drain_s at most (8 s in these tests, and nothing is open), and then what each
# process waits for its logs; none of it may become a wait without end.
STOP_S = 30.0


class Pipe:
    """A pipe that is full from the beginning, or has room for a page."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._start = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, 4096)
        self.taken = b""

    def fill(self) -> None:
        with suppress(BlockingIOError):
            while True:
                os.write(self._start, b"#" * 4096)

    def take(self) -> str:
        """Read what is there; return all that was read so far."""
        with suppress(BlockingIOError):
            while part := os.read(self._end, 65536):
                self.taken += part.replace(b"#", b"")
        return self.taken.decode()

    def close(self) -> None:
        os.close(self._end)
        os.close(self._start)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path / "pipe")
    yield pipe
    pipe.close()


def answers(running: Service) -> bool:
    """Whether it answers; before it serves it opens its port for a moment, as a trial."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", running.port), 1) as client:
        client.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return client.recv(12) == b"HTTP/1.1 200"
    return False


async def start(running: Service, redirections: str, *, is_heard: bool = True) -> None:
    """Start *running* in a shell that redirects; one whose errors go elsewhere is tried out."""
    if not is_heard:
        running._is_up = lambda: answers(running)  # type: ignore[method-assign]
    await running.start(("sh", "-c", f'{redirections}; exec {COMMAND} "$0"', str(running.config)))


async def serves(running: Service, target: bytes, times: int = 1) -> None:
    for _ in range(times):
        client = await running.client()
        assert (await client.get(target)).status == 200
        client.close()


async def reloads(running: Service) -> None:
    before = set(running.workers())
    running.signal(signal.SIGHUP)
    await until(lambda: running.workers() and not before & set(running.workers()), START_S)


async def ends(running: Service) -> None:
    running.signal(signal.SIGTERM)
    assert await running.ended(STOP_S) == 0


async def test_standard_output_that_is_not_read_for_a_while(
    lab: Lab, service: Make, pipe: Pipe
) -> None:
    """As `docker logs` and `| tee` do it; every line comes, in order, once it is read again."""
    upstream = await lab.upstream()
    running = service()
    await start(running, f"exec >{pipe.path}")

    client = await running.client()
    for number in range(200):
        assert (await client.get(upstream.at(f"/{number}/" + "x" * 100))).status == 200

    await until(lambda: pipe.take().count("\n") == 200)
    paths = [line.split(" ")[6].split("/")[2] for line in pipe.take().splitlines()]
    assert paths == [str(number) for number in range(200)]
    assert "lost" not in running.said


async def test_what_was_not_read_at_the_end_is_said(lab: Lab, service: Make, pipe: Pipe) -> None:
    upstream = await lab.upstream()
    running = service()
    pipe.fill()
    await start(running, f"exec >{pipe.path}")

    await serves(running, upstream.at("/"), times=3)
    await ends(running)

    await running.says("3 lines of the access log were lost: standard output was not read; ")


async def test_standard_error_that_is_never_read(lab: Lab, service: Make, pipe: Pipe) -> None:
    """Neither a worker nor the master waits for it, which has the workers to look after."""
    upstream = await lab.upstream()
    running = service()
    pipe.fill()
    await start(running, f"exec 2>{pipe.path}", is_heard=False)

    await serves(running, upstream.at("/"))
    await reloads(running)
    [killed] = running.workers()
    os.kill(killed, signal.SIGKILL)
    await until(lambda: running.workers() not in ([], [killed]), START_S)
    await serves(running, upstream.at("/"))
    await ends(running)


async def test_standard_error_that_is_read_again(lab: Lab, service: Make, pipe: Pipe) -> None:
    running = service()
    pipe.fill()
    await start(running, f"exec 2>{pipe.path}", is_heard=False)
    await until(lambda: "Booting worker" in pipe.take() and "Listening at" in pipe.take())


async def test_both_in_one_pipe_that_is_never_read(lab: Lab, service: Make, pipe: Pipe) -> None:
    upstream = await lab.upstream()
    running = service(server={"workers": 2})
    pipe.fill()
    await start(running, f"exec >{pipe.path} 2>&1", is_heard=False)
    await serves(running, upstream.at("/"), times=5)
    await ends(running)


async def test_a_fifo_for_an_access_log(lab: Lab, service: Make, tmp_path: Path) -> None:
    """It starts, serves and reloads while nobody reads, and whoever comes gets the lines."""
    upstream, fifo = await lab.upstream(), tmp_path / "access.fifo"
    os.mkfifo(fifo)
    running = service(access_log={"path": str(fifo)})
    await running.start()

    await reloads(running)
    await serves(running, upstream.at("/kept"), times=3)

    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    read = b""

    def lines() -> int:
        nonlocal read
        with suppress(BlockingIOError):
            read += os.read(reader, 65536)
        return read.count(b"/kept HTTP/1.1")

    await until(lambda: lines() == 3)
    os.close(reader)
    await serves(running, upstream.at("/unread"), times=2)
    await ends(running)

    def lost() -> int:
        said = r"(\d+) lines? of the access log (?:was|were) lost: nobody reads"
        return sum(map(int, re.findall(said, running.said)))

    await until(lambda: lost() == 2)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
async def test_streams_that_are_closed(
    lab: Lab, service: Make, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    """Or the next file to be opened has their number, and a client reads the log."""
    # coverage's file would be that one: it is opened before any line of ours runs.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    upstream = await lab.upstream(upgraded(echo_frames))
    running = service()
    await start(running, f"exec {closed}", is_heard=False)

    for _ in range(3):
        client = await running.client()
        assert (await handshake(client, upstream.at("/ws"))).status == 101
        client.send(close(1000, masked=True))
        await read_frame(client)
    await reloads(running)
    assert (await (await running.client()).get(b"/-/live")).status == 200
    await ends(running)


async def test_a_closed_standard_output_is_said(lab: Lab, service: Make) -> None:
    upstream = await lab.upstream()
    running = service()
    await start(running, "exec >&-")
    await serves(running, upstream.at("/"))
    await running.says("1 line of the access log was lost: standard output is closed; ")


async def test_where_no_file_may_grow(lab: Lab, service: Make, tmp_path: Path) -> None:
    """`ulimit -f 0`: a write is answered with SIGXFSZ, which would end the process."""
    upstream, log = await lab.upstream(), tmp_path / "access.log"
    running = service(access_log={"path": str(log)})
    await start(running, "ulimit -f 0", is_heard=False)
    await serves(running, upstream.at("/"), times=3)
    await until(log.exists)
    await ends(running)
    assert (log.read_text(), running.said) == ("", ""), errno.errorcode[errno.EFBIG]
