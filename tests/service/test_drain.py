"""How a stop treats those who are still there: told in turn, in time, and before it happens."""

import asyncio
import signal
from collections.abc import Callable

import pytest

from tests.lab.client import Client
from tests.lab.frames import close, handshake, ok_or_echo, read_frame, switching
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import within
from tests.service.process import START_S, Service

Make = Callable[..., Service]
RESTART = 1012
MANY = 500


async def vendor(lab: Lab) -> Upstream:
    return await lab.upstream(ok_or_echo)


async def websockets(running: Service, upstream: Upstream, count: int) -> list[Client]:
    async def one() -> Client:
        client = await running.client()
        assert (await handshake(client, upstream.at("/ws"))).status == 101
        return client

    made: list[Client] = []
    while len(made) < count:  # a few at a time: one process plays client and vendor
        made += await asyncio.gather(*(one() for _ in range(min(25, count - len(made)))))
    return made


async def told(client: Client, answers: bool = True) -> tuple[float, int | None, bytes]:
    """Return when a Close came, its code, and what came behind it until the connection ended."""
    async with within(60.0):
        goodbye = await read_frame(client)
    at = asyncio.get_running_loop().time()
    if answers:
        client.send(close(goodbye.close_code or 1000, masked=True))
    return at, goodbye.close_code, await client.closed()


async def test_five_hundred_websockets_go_in_turn_and_none_is_cut(lab: Lab, service: Make) -> None:
    """SDKs that are cut off in one instant come back in one instant."""
    upstream = await vendor(lab)
    running = service(server={"workers": 2, "drain_s": 14.0})
    await running.start()
    clients = await websockets(running, upstream, MANY)

    listening = [asyncio.create_task(told(client)) for client in clients]
    running.signal(signal.SIGTERM)
    ends = [await each for each in listening]

    assert {(code, rest) for _, code, rest in ends} == {(RESTART, b"")}
    times = sorted(at for at, _, _ in ends)
    spread_s = times[-1] - times[0]
    assert spread_s > 14.0 / 3
    busiest = max(sum(first <= at < first + spread_s / 10 for at in times) for first in times[::10])
    assert busiest < MANY / 2  # coarse, for a busy machine; the slots have tests of their own
    assert await running.ended() == 0
    assert running.logged.count(f"close_code={RESTART} closed_by=gateway") == MANY
    assert "cut off" not in running.said


@pytest.mark.parametrize("workers", [1, 2])
async def test_those_that_do_not_answer_are_cut_within_the_window(
    lab: Lab, service: Make, workers: int
) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": workers, "drain_s": 4.0})
    await running.start()
    clients = await websockets(running, upstream, 12)

    listening = [asyncio.create_task(told(client, answers=False)) for client in clients]
    running.signal(signal.SIGTERM)
    ends = [await each for each in listening]

    assert {code for _, code, _ in ends} == {RESTART}
    assert await running.ended() == 0
    assert "had not ended within drain_s (4 s); cut off" in running.said
    assert "SIGKILL" not in running.said


async def test_those_that_take_nothing_are_cut_within_the_window(lab: Lab, service: Make) -> None:
    flood = b"\x82\x7f" + (2**40).to_bytes(8, "big") + b"x" * 4_000_000

    async def script(peer: Peer) -> None:
        peer.send(switching(await peer.request()) + flood)
        await peer.gone()

    upstream = await lab.upstream(script)
    running = service(server={"drain_s": 3.0})
    await running.start()
    client = await Client.open("127.0.0.1", running.port, buffer=4096)
    await handshake(client, upstream.at("/ws"))
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]

    running.signal(signal.SIGTERM)

    assert await running.ended() == 0
    assert "SIGKILL" not in running.said
    client.vanish()


async def test_a_websocket_alone_does_not_hold_up_a_restart(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service(server={"drain_s": 90.0})
    await running.start()
    [client] = await websockets(running, upstream, 1)

    running.signal(signal.SIGTERM)

    assert (await told(client))[1] == RESTART
    assert await running.ended() == 0


# Before it happens: readiness


async def ready(running: Service) -> int:
    client = await running.client()
    answer = await client.get(b"/-/ready")
    client.close()
    return answer.status


@pytest.mark.parametrize("workers", [1, 2])
async def test_readiness_fails_and_everybody_is_served_until_the_notice_is_over(
    lab: Lab, service: Make, workers: int
) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": workers, "drain_s": 25.0, "drain_notice_s": 8.0})
    await running.start()
    [before] = await websockets(running, upstream, 1)
    assert await ready(running) == 200

    running.signal(signal.SIGTERM)
    await running.says("/-/ready fails from now on; the listeners close in 8 s")
    for worker in running.workers():
        with running.only(worker):
            async with within():
                while await ready(running) != 503:  # it hears of it on its own
                    pass
    client = await running.client()
    assert (await client.get(upstream.at("/"))).status == 200
    [after] = await websockets(running, upstream, 1)

    assert {(await told(each))[1] for each in (before, after)} == {RESTART}
    with pytest.raises(ConnectionError):
        await running.client()
    assert await running.ended() == 0
    assert "Traceback" not in running.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_another_signal_ends_the_notice(service: Make, number: signal.Signals) -> None:
    running = service(server={"drain_s": 3000.0, "drain_notice_s": 2000.0})
    await running.start()
    running.signal(signal.SIGTERM)
    await running.says("/-/ready fails from now on")

    running.signal(number)

    assert await running.ended() == 0


async def test_a_reload_gives_no_notice(lab: Lab, service: Make) -> None:
    """Behind a balancer one gateway that reloads is as ready as ever."""
    running = service(server={"drain_s": 20.0, "drain_notice_s": 10.0})
    await running.start()
    before = set(running.workers())

    running.signal(signal.SIGHUP)
    statuses = []
    async with within(START_S):
        while not running.workers() or before & set(running.workers()):
            statuses.append(await ready(running))

    assert set(statuses) == {200}
    await until(lambda: "/-/ready fails" not in running.said)
