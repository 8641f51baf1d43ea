"""What doctor sees of its own machine: clock, files, descriptors, Redis, the admin port."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from sigproxy.config import Settings, account
from sigproxy.config.problem import Invalid
from sigproxy.tools.doctor import admin, clock, counter, descriptors, files
from tests.lab.folders import open_folder
from tests.ports import free_port

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "skew_s"),
    [
        ("Mon, 30 Nov 2026 11:59:30 GMT", 30.0),
        ("Monday, 30-Nov-26 12:00:10 GMT", -10.0),  # RFC 9110, 5.6.7: obsolete, and still valid
        ("yesterday", None),
        ("", None),
    ],
)
def test_what_a_date_says_of_our_clock(date: str, skew_s: float | None) -> None:
    assert clock.skew_of(date, NOW) == skew_s


@pytest.mark.parametrize(
    ("skews", "level", "token"),
    [
        ((1.0, -1.0), "ok", "ok"),
        ((300.0, 1.0, 0.0), "ok", "ok"),  # one vendor's clock is wrong, not ours
        ((20.0,), "warn", "clock_skew"),
        ((301.0, 300.0, 299.0), "fail", "clock_skew"),
        ((-61.0,), "fail", "clock_skew"),
        ((), "warn", "clock_unknown"),
    ],
)
def test_what_skews_mean(skews: tuple[float, ...], level: str, token: str) -> None:
    found = clock.judge(skews, "the vendors'")
    assert (found.level, found.token) == (level, token)


def test_which_way_the_clock_is_wrong() -> None:
    assert "300 s ahead of" in clock.judge((300.0,), "the gateway's").what
    assert "300 s behind" in clock.judge((-300.0,), "the gateway's").what


def tokens_of(key: Path, user: str) -> list[str]:
    settings = Settings.model_validate({"server": {"certificate": str(key)}})
    seen = files.look(settings, None, account.found(user), None)
    return [each.token for each in files.judge(seen)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read as another user")
def test_a_key_is_read_as_the_services_user_reads_it() -> None:
    with open_folder() as folder:
        key = folder / "privkey.pem"
        key.write_text("key")
        key.chmod(0o600)
        assert set(tokens_of(key, "nobody")) == {"file_unreadable"}
        assert tokens_of(key, "root") == ["ok"]
        key.chmod(0o644)
        assert tokens_of(key, "nobody") == ["secret_exposed", "ok"]
        folder.chmod(0o700)
        assert "file_unreadable" in tokens_of(key, "nobody")


def test_a_log_that_cannot_be_written_has_a_token_of_its_own() -> None:
    fault = Invalid("it cannot be written", "chown it")
    seen = files.FilesSeen("nobody", (("access_log.path", fault),))
    assert [each.token for each in files.judge(seen)] == ["log_unwritable"]


def test_every_secret_that_is_named_is_looked_at(tmp_path: Path) -> None:
    paths = {name: tmp_path / name for name in ("cert", "key", "turn-keys", "test-keys", "keys")}
    for path in paths.values():
        path.write_text("x")
        path.chmod(0o644)
    document = {
        "server": {"certificate": str(paths["cert"]), "private_key": str(paths["key"])},
        "turn": {"name": "t.example", "keys_file": str(paths["turn-keys"])},
        "network_test": {"keys_file": str(paths["test-keys"])},
        "route": [{"targets": ["a.example"], "keys_file": str(paths["keys"])}],
    }
    seen = files.look(Settings.model_validate(document), None, None, None)
    assert [name for name, _ in seen.exposed] == [
        *("server.private_key", "route[0].keys_file", "turn.keys_file", "network_test.keys_file"),
    ]
    assert seen.faults == ()


@pytest.mark.parametrize(
    ("files_", "limits", "levels"),
    [
        (None, {}, ["ok"]),
        (524_288, {}, ["ok"]),
        (524_288, {"connections": 1_000_000, "websockets": 1_000_000}, ["warn", "warn"]),
        (1024, {}, ["fail"]),
    ],
)
def test_descriptors_against_limits(
    files_: int | None, limits: dict[str, int], levels: list[str]
) -> None:
    settings = Settings.model_validate({"limits": limits})
    found = descriptors.judge(files_, settings)
    assert [each.level for each in found] == levels


async def test_a_redis_that_is_not_there() -> None:
    seen = await counter.probe(f"redis://user:hunter22@127.0.0.1:{free_port()}/0")
    found = counter.judge(seen)
    assert found.token == "redis_unreachable"
    assert "hunter22" not in str(found)
    assert "in the gateway's own network" in found.remedy


@pytest.mark.parametrize(
    ("status", "level", "token"),
    [(200, "ok", "ok"), (503, "warn", "draining"), (404, "fail", "service_failing")],
)
async def test_the_admin_port_of_a_running_service(status: int, level: str, token: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status if request.path == "/-/ready" else 500)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        found = admin.judge(await admin.probe(f"0.0.0.0:{port}"))
    finally:
        await runner.cleanup()
    assert (found.level, found.token) == (level, token)


async def test_no_service_at_the_admin_port() -> None:
    found = admin.judge(await admin.probe(f"127.0.0.1:{free_port()}"))
    assert (found.level, found.token) == ("warn", "service_not_running")


async def test_a_redis_that_repeats_the_password_is_not_quoted() -> None:
    """A sentinel, of AUTH; or a server that is no Redis."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1000):
            writer.write(b"-ERR unknown command, with " + said.replace(b"\r\n", b" ") + b"\r\n")
        writer.close()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        seen = await counter.probe(f"redis://user:hunter22@127.0.0.1:{port}/0")

    assert "unknown command" in seen.fault
    assert "hunter22" not in str(counter.judge(seen))
