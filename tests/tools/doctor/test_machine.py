"""What doctor sees of its own machine: clock, files, descriptors, Redis, the admin port."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from sigproxy.config import Settings
from sigproxy.tools.doctor import admin, clock, counter, descriptors, files, unit
from sigproxy.tools.doctor.files import Wanted
from sigproxy.tools.doctor.unit import Unit
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


def wanted(path: Path, *, is_secret: bool = True) -> tuple[Wanted, ...]:
    return (Wanted("server.private_key", path, str(path), is_secret),)


def tokens_of(seen: files.FilesSeen) -> list[str]:
    return [each.token for each in files.judge(seen)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read as another user")
def test_a_key_is_read_as_the_services_user_reads_it(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    key = tmp_path / "privkey.pem"
    key.write_text("key")
    key.chmod(0o600)
    assert tokens_of(files.look(wanted(key), "nobody")) == ["file_unreadable"]
    assert tokens_of(files.look(wanted(key), "root")) == ["ok"]
    key.chmod(0o644)
    assert tokens_of(files.look(wanted(key), "nobody")) == ["secret_exposed", "ok"]
    assert tokens_of(files.look(wanted(key, is_secret=False), "nobody")) == ["ok"]
    tmp_path.chmod(0o700)
    assert "file_unreadable" in tokens_of(files.look(wanted(key), "nobody"))


def test_a_user_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    seen = files.look(wanted(tmp_path / "key"), "no-such-user")
    assert tokens_of(seen) == ["files_untested"]
    assert "no user no-such-user" in seen.why


def test_every_file_that_is_named_is_tried() -> None:
    document = {
        "server": {"certificate": "/a/cert.pem", "private_key": "/a/key.pem"},
        "upstream": {"ca_file": "/a/ca.pem"},
        "turn": {"name": "t.example", "secret_file": "/a/secret", "keys_file": "/a/turn-keys"},
        "network_test": {"keys_file": "/a/test-keys"},
        "route": [{"targets": ["a.example"], "keys_file": "/a/keys"}],
    }
    found = list(files.wanted(Settings.model_validate(document), Path("/a/sigproxy.toml")))
    assert {each.path.name: each.is_secret for each in found} == {
        **dict.fromkeys(("sigproxy.toml", "cert.pem", "ca.pem"), False),
        **dict.fromkeys(("key.pem", "secret", "turn-keys", "test-keys", "keys"), True),
    }


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
    found = descriptors.judge(Unit("sigproxy", files_, "sigproxy.service"), settings)
    assert [each.level for each in found] == levels


def test_what_systemd_tells() -> None:
    text = "LoadState=loaded\nUser=sigproxy\nLimitNOFILE=524288\nExecStart={ path=/x }\n"
    assert unit.parsed(text)["User"] == "sigproxy"
    assert unit.parsed("\nSystem has not been booted with systemd\n") == {}


async def test_a_redis_that_is_not_there() -> None:
    seen = await counter.probe(f"redis://user:hunter22@127.0.0.1:{free_port()}/0")
    found = counter.judge(seen)
    assert found.token == "redis_unreachable"
    assert "hunter22" not in str(found)


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
