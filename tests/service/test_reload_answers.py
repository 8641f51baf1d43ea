"""`sigproxy reload`, and the metrics: how a reload ended."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sigproxy.service import verdict
from sigproxy.service.verdict import Verdict
from tests.lab.lab import Lab, until
from tests.service import failing
from tests.service.admin import Watched, killed, reloaded
from tests.service.process import START_S, Service, ran

Make = Callable[..., Service]
RELOAD = (sys.executable, "-m", "sigproxy", "reload")
SUCCESS, AT = "config_last_reload_success", "config_last_reload_timestamp_seconds"


@pytest.fixture
def runtime(tmp_path: Path) -> dict[str, str]:
    """Return the variable that systemd sets with RuntimeDirectory=."""
    folder = tmp_path / "run"
    folder.mkdir()
    return {"RUNTIME_DIRECTORY": f"{folder}:/nowhere"}


async def status(running: Service, target: bytes) -> int:
    client = await running.client()
    answer = await client.get(target)
    client.close()
    return answer.status


async def test_a_reload_ends_when_new_workers_serve(
    lab: Lab, service: Make, runtime: dict[str, str]
) -> None:
    upstream = await lab.upstream()
    running = service()
    await running.start(environ=runtime)
    assert await status(running, upstream.at("/")) == 200
    running.document["route"][0]["targets"] = ["other.example.com"]
    running.write()

    code, said, complained = await ran(RELOAD, runtime)

    assert (code, complained) == (0, "")
    assert said == "reloaded: new workers serve; the old ones drain\n"
    assert await status(running, upstream.at("/")) == 403
    assert (await ran(RELOAD, runtime))[0] == 0


BROKEN = {
    "syntax": ("[server]\nworkers = = 2\n", ": line 2, column 11: is not TOML: Invalid value"),
    "setting": ("[server]\nworkers = 0\n", ": server.workers: 0 is too small; use 1 or more\n"),
    "file": (
        "[server]\ncertificate = '/nowhere/cert.pem'\n",
        ": server.certificate: /nowhere/cert.pem cannot be read: No such file or directory",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_refused_reload_says_why_and_changes_nothing(
    lab: Lab, service: Make, runtime: dict[str, str], fault: str
) -> None:
    upstream = await lab.upstream()
    running = service()
    await running.start(environ=runtime)
    workers = running.workers()
    text, what = BROKEN[fault]
    running.config.write_text(text)

    code, said, complained = await ran(RELOAD, runtime)

    assert (code, said) == (1, "")
    assert f"{running.config}{what}" in complained
    assert complained.endswith(
        "not reloaded: correct the above and reload again; nothing has changed\n"
    )
    assert running.workers() == workers
    assert await status(running, upstream.at("/")) == 200
    running.write()
    assert (await ran(RELOAD, runtime))[0] == 0


NOT_STARTED = (
    "a new worker did not start, or a listener cannot be opened: see the error log\n"
    "not reloaded: correct the above and reload again; nothing has changed\n"
)


@pytest.mark.parametrize("how", [failing.RAISE, failing.ABORT, failing.INTERRUPT])
async def test_workers_that_do_not_start_are_a_refusal(
    service: Make, runtime: dict[str, str], tmp_path: Path, how: str
) -> None:
    running, fails = service(server={"workers": 2}), tmp_path / "fails"
    workers = await failing.started(running, fails, how, runtime)

    fails.touch()
    code, _, complained = await ran(RELOAD, runtime)

    assert (code, complained) == (1, NOT_STARTED)
    await until(lambda: set(running.workers()) == workers)
    assert await status(running, b"/-/live") == 200
    fails.unlink()
    assert (await ran(RELOAD, runtime))[0] == 0


async def test_workers_that_fail_at_the_same_moment_are_all_buried(
    service: Make, runtime: dict[str, str], tmp_path: Path
) -> None:
    running, fails = service(server={"workers": 2}), tmp_path / "fails"
    workers = await failing.started(running, fails, failing.WAIT_AND_RAISE, runtime)

    fails.touch()
    reload = ran(RELOAD, runtime)
    await until(lambda: len([*tmp_path.glob("fails.waits.*")]) == 2)
    with running.halted():
        fails.unlink()
        await until(lambda: len(running.zombies()) == 2)

    assert (await reload)[::2] == (1, NOT_STARTED)
    await until(lambda: set(running.workers()) == workers)


async def test_a_worker_that_hangs_at_its_start_is_a_refusal(
    service: Make, runtime: dict[str, str], tmp_path: Path
) -> None:
    running, fails = service(server={"workers": 2}), tmp_path / "fails"
    environ = {**runtime, "LONGEST_START_S": "10"}
    workers = await failing.started(running, fails, failing.HANG, environ)

    fails.touch()
    code, _, complained = await ran(RELOAD, runtime)

    assert (code, complained) == (1, NOT_STARTED)
    assert ": it hangs at its start" in running.said
    await until(lambda: set(running.workers()) == workers, START_S)
    assert await status(running, b"/-/live") == 200
    fails.unlink()
    assert (await ran(RELOAD, runtime))[0] == 0


async def test_no_answer_in_time(tmp_path: Path, runtime: dict[str, str]) -> None:
    ignore = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
    deaf = await asyncio.create_subprocess_exec("sleep", "99", preexec_fn=ignore)
    try:
        verdict.write(tmp_path / "run", Verdict(deaf.pid, 0.0))
        code, _, complained = await ran([*RELOAD, "--within", "1"], runtime)
    finally:
        deaf.kill()
        await deaf.wait()
    assert (code, complained) == (
        1,
        "no answer within 1 s; the gateway's log says what it is doing\n",
    )


async def test_a_gateway_that_has_ended(tmp_path: Path, runtime: dict[str, str]) -> None:
    code, _, complained = await ran(RELOAD, runtime)
    assert code == 1
    assert "run: no gateway has written there how reloads end; start it, or restart" in complained
    verdict.write(tmp_path / "run", Verdict(2**22, 0.0))  # more than any process has
    code, _, complained = await ran(RELOAD, runtime)
    assert code == 1
    assert complained == (
        "the gateway (process 4194304) has ended; start it: systemctl start sigproxy\n"
    )


async def test_without_a_folder_nobody_would_hear() -> None:
    code, _, complained = await ran(RELOAD, {"RUNTIME_DIRECTORY": ""})
    assert code == 1
    assert complained.startswith("RUNTIME_DIRECTORY: is not set, so that nobody would hear how")


async def test_the_metrics_tell_too(watched: Watched) -> None:
    began = time.time()
    running = watched.running
    await running.start()
    await watched.shows(workers=2, **{SUCCESS: 1})
    started_at = (await watched.scraped())[AT]
    assert began - 1 < started_at < time.time()

    running.config.write_text("[server]\nworkers = 0\n")
    running.signal(signal.SIGHUP)
    await running.says("not reloaded")
    await watched.shows(**{SUCCESS: 0})
    assert (await watched.scraped())[AT] > started_at

    running.write()
    await reloaded(running)
    await killed(running, running.workers()[0])
    await watched.shows(workers=2, **{SUCCESS: 1})


async def test_metrics_that_a_reload_adds_know_of_it(watched: Watched) -> None:
    running = watched.running
    admin = running.document.pop("admin")
    running.write()
    await running.start()
    running.document["admin"] = admin
    running.write()
    running.signal(signal.SIGHUP)
    await running.says("the old ones drain")
    await watched.shows(**{SUCCESS: 1})
