"""The status of a running service: all workers in one view, over their deaths and reloads."""

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.frames import handshake
from tests.lab.lab import NAME, Lab, until
from tests.lab.pki import Pki
from tests.service.admin import Make, Watched, folder, killed, reloaded, vendor
from tests.service.process import ran
from tests.service.status import Seen, requests, shows, status, tokens

KEY = "k-0123456789abcdef"
TOP = (sys.executable, "-m", "sigproxy", "top", "--once")


async def test_the_numbers_of_two_workers_add_up(lab: Lab, watched: Watched) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await running.start()
    first, second = running.workers()
    for worker, times in ((first, 3), (second, 4)):
        with running.only(worker):
            await watched.get(upstream.at("/"), times)
            websocket = await running.client()
            await handshake(websocket, upstream.at("/ws"))

    seen = await shows(watched, lambda seen: requests(seen) == 9)
    assert seen["now"]["websockets"] == 2
    assert {each["pid"]: each["websockets"] for each in seen["workers"]} == {first: 1, second: 1}
    [host] = seen["vendors"]
    assert host["traffic"]["name"] == f"up.example.com:{upstream.port}"
    assert host["tcp"]["count"] == host["tls"]["count"] == host["first_byte"]["count"] == 9
    assert host["traffic"]["requests_last_minute"] == 9
    others = [each for each in seen["problems"] if "served nobody for" not in each["what"]]
    assert others == []  # a busy machine holds workers up, and the page is right to say so


async def test_faults_are_said_with_token_and_remedy_on_the_page_and_by_top(
    lab: Lab, service: Make, pki: Pki
) -> None:
    down = await lab.upstream()
    refusing, place = down.at("/"), f"up.example.com:{down.port}"
    await down.close()
    foreign = await lab.upstream(context=pki.self_signed(NAME))
    route = [{"prefix": "/", "targets": ["*.example.com:*"]}, {"prefix": "/k", "keys": [KEY]}]
    watched = Watched(service(server={"workers": 2}, route=route))
    await watched.running.start()
    await watched.get(refusing, 2)
    await watched.get(foreign.at("/"), 3)
    await watched.get(b"/k/wrong-0123456789" + refusing)

    wanted = {"connection_refused", "tls_certificate_error", "key_refused"}
    seen = await shows(watched, lambda seen: requests(seen) == 6)
    assert set(tokens(seen)) == wanted
    problems = {each["token"]: each for each in seen["problems"]}
    assert {problems[token]["gravity"] for token in wanted} == {"fault", "notice"}
    assert problems["connection_refused"]["place"] == place
    assert "2 of 2 requests" in problems["connection_refused"]["what"]
    assert "upstream.ca_file" in problems["tls_certificate_error"]["how"]
    assert seen["verdict"] == "fault"

    code, out, err = await ran([*TOP, "--admin", f"127.0.0.1:{watched.port}"])
    assert (code, err) == (0, "")
    assert "✕ 2 faults" in out
    for token in wanted:
        assert token in out
        assert problems[token]["how"].split()[0] in out
    assert KEY not in out
    assert "wrong-0123456789" not in out
    code, out, _ = await ran([*TOP[:-1], "--json", "--config", str(watched.running.config)])
    assert code == 0
    assert set(tokens(json.loads(out))) == wanted


def _pids(seen: Seen) -> set[int]:
    return {each["pid"] for each in seen["workers"]}


async def test_what_dead_workers_saw_stays_and_their_death_is_said(
    lab: Lab, watched: Watched
) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await running.start()
    await watched.get(upstream.at("/"), 4)
    await shows(watched, lambda seen: requests(seen) == 4)
    for worker in running.workers():
        with running.only(worker):
            websocket = await running.client()
            await handshake(websocket, upstream.at("/ws"))
    await shows(watched, lambda seen: seen["now"]["websockets"] == 2 and requests(seen) == 6)

    dead, survivor = running.workers()
    await killed(running, dead)

    seen = await shows(watched, lambda seen: _pids(seen) > {survivor} and dead not in _pids(seen))
    assert seen["now"]["websockets"] == 1
    assert requests(seen) == 6
    said = [each["what"] for each in seen["problems"]]
    assert any(each.startswith("A worker ended unasked") for each in said)

    await reloaded(running)
    seen = await shows(watched, lambda seen: _pids(seen) == {*running.workers()})
    assert requests(seen) == 6
    assert seen["reload"]["is_ok"] is True
    names = {path.name for path in folder(running.workers()[0]).glob("status_*.json")}
    assert names == {"status_ended.json", "status_master.json"} | {
        f"status_{pid}.json" for pid in running.workers()
    }


async def test_a_refused_reload_says_why(watched: Watched) -> None:
    running = watched.running
    await running.start()
    before = running.config.read_text()
    running.config.write_text(before + "[limits]\nunheard_of = 1\n")
    running.signal(signal.SIGHUP)
    await running.says("not reloaded")
    seen = await shows(watched, lambda seen: seen["reload"] is not None)
    assert seen["reload"]["is_ok"] is False
    [why] = seen["reload"]["why"]
    assert why in running.said
    assert "limits" in why
    [problem] = [each for each in seen["problems"] if "reload" in each["what"]]
    assert problem["detail"] == why

    running.config.write_text(before)
    await reloaded(running)
    seen = await shows(watched, lambda seen: seen["reload"]["is_ok"])
    assert seen["reload"]["why"] == []


async def test_a_worker_that_stands_still_is_said(watched: Watched) -> None:
    running = watched.running
    await running.start()
    await shows(watched, lambda seen: len(seen["workers"]) == 2)
    still, other = running.workers()
    with running.only(other):
        seen = await shows(watched, lambda seen: seen["verdict"] == "fault")
    assert {each["pid"]: each["state"] for each in seen["workers"]}[still] == "silent"
    assert any(f"Worker {still} has said nothing" in each["what"] for each in seen["problems"])


async def test_the_certificate_and_clients_near_their_limits(
    lab: Lab, service: Make, pki: Pki
) -> None:
    upstream = await vendor(lab)
    files = {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
    limits = {"websockets_per_address": 2, "request_rate": "4/hour"}
    watched = Watched(service(server=files | {"workers": 1}, limits=limits))
    running = watched.running
    await running.start()
    for _ in range(3):
        websocket = await running.client()
        with suppress(AssertionError):
            await handshake(websocket, upstream.at("/ws"))

    def is_said(seen: Seen) -> bool:
        return {"limits.websockets_per_address", "limits.request_rate"} <= {
            each["setting"] for each in seen["clients"] if each["held"]
        }

    seen = await shows(watched, is_said)
    assert seen["certificate"]["names"] == ["proxy.test", "localhost", "127.0.0.1"]
    assert seen["certificate"]["days_left"] > 0
    held = {each["setting"]: (each["held"], each["limit"]) for each in seen["clients"]}
    assert held["limits.websockets_per_address"] == (2, 2)
    assert held["limits.request_rate"] == (3, 4)
    assert {each["client"] for each in seen["clients"]} == {"127.0.0.0/24"}
    [refused] = [each for each in seen["clients"] if "websockets" in each["setting"]]
    assert refused["refused_last_minute"] == 1
    shown = await status(watched, b"?clients=shown")
    assert {each["client"] for each in shown["clients"]} == {"127.0.0.1"}


async def test_a_full_disk_costs_the_status_and_nothing_else(
    lab: Lab, watched: Watched, tmp_path: Path
) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await running.start()
    await shows(watched, lambda seen: len(seen["workers"]) == 2)
    place = folder(running.workers()[0])
    for worker in running.workers():  # nothing can be moved over a folder
        file = place / f"status_{worker}.json"
        await until(file.exists)
        for _ in range(50):
            with suppress(OSError):
                os.unlink(file)
                os.mkdir(file)
                break
    await running.says("the status page shows old figures of this worker", times=2)
    await watched.get(upstream.at("/"))
    assert (await watched.page(b"/-/ready")).status == 200
    await watched.shows(served=1)


async def test_lines_and_counts_that_are_lost_are_said(
    lab: Lab, watched: Watched, tmp_path: Path
) -> None:
    upstream, file = await vendor(lab), tmp_path / "access.log"
    document = watched.running.document
    document["access_log"] = {"path": str(file)}
    document["limits"] = {
        "request_rate": "1000/minute",
        "request_rate_redis": "redis+unix:///nonexistent/redis.sock",
    }
    watched.running.write()
    await watched.running.start()
    assert (await status(watched))["problems"] == []

    file.unlink()
    file.symlink_to("/dev/full")
    await watched.get(upstream.at("/"))

    seen = await shows(watched, lambda seen: len(seen["problems"]) == 2)
    assert seen["verdict"] == "warning"
    assert {each["what"] for each in seen["problems"]} == {
        "A line of the logs was lost in the last five minutes",
        "Redis failed once in the last five minutes; it did not count those requests",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--admin", "127.0.0.1:1"], "nothing listens at 127.0.0.1:1"),
        (["--admin", "/nowhere.sock"], "nothing listens at /nowhere.sock"),
    ],
)
async def test_top_says_what_cannot_be_reached(arguments: list[str], said: str) -> None:
    code, out, err = await ran([*TOP, *arguments])
    assert (code, out) == (1, "")
    assert err.startswith(f"sigproxy top: {said}")
    assert "[admin] bind" in err


async def test_names_that_anybody_can_make_up_are_a_note_and_a_named_host_is_a_fault(
    service: Make,
) -> None:
    watched = Watched(service(route=[{"targets": ["*.example.com:*", "named.example.com"]}]))
    await watched.running.start()
    for number in range(12):
        await watched.get(b"/made-up%d.example.com/" % number)
    seen = await shows(watched, lambda seen: requests(seen) == 12)
    assert (seen["verdict"], seen["vendors"]) == ("notice", [])
    [problem] = [each for each in seen["problems"] if each["token"]]
    assert (problem["token"], problem["last_minute"]) == ("dns_error", 12)
    assert "made-up" in problem["detail"]

    await watched.get(b"/named.example.com/")
    seen = await shows(watched, lambda seen: seen["verdict"] == "fault")
    assert {each["place"]: each["gravity"] for each in seen["problems"] if each["token"]} == {
        "named.example.com": "fault",
        "(no such names)": "notice",
    }
