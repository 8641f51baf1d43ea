"""`check --online`: what does not answer is noted."""

import re
from pathlib import Path

import pytest

from sigproxy.config import Settings, load
from sigproxy.gateway.admission import rate
from sigproxy.tools import online
from tests.lab import redis_server
from tests.lab.dns import SILENT, UNKNOWN, Name
from tests.lab.lab import Lab
from tests.ports import free_port

ROUTE = '[{"targets": ["*.example.com"]}]'
REFUSING = "127.0.0.1"  # with a port at which nobody listens


def with_servers(*nameservers: str, **environ: str) -> Settings:
    return load(
        None,
        {
            "SIGPROXY_UPSTREAM__NAMESERVERS": ",".join(nameservers),
            "SIGPROXY_ROUTE": ROUTE,
            **environ,
        },
    )


@pytest.mark.parametrize("name", [Name(("192.0.2.1",)), Name(), UNKNOWN], ids=repr)
async def test_any_answer_of_a_name_server_is_well(lab: Lab, name: Name) -> None:
    lab.dns.zone["example.com"] = name
    assert await online.remarks(with_servers(lab.dns.address)) == []


async def test_each_name_server_that_does_not_answer_is_noted(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "DNS_TIMEOUT_S", 1.0)
    lab.dns.zone["example.com"] = SILENT
    refusing = f"{REFUSING}:{free_port()}"

    silent, refused = await online.remarks(with_servers(lab.dns.address, refusing))

    remedy = "let the firewall allow UDP and TCP port 53 to it, or name another"
    assert re.match(
        rf"upstream.nameservers: the name server {lab.dns.address} did not answer within [\d.]+ s, "
        r"when asked for example.com; ",
        silent,
    )
    assert silent.endswith(remedy)
    assert refused.startswith(f"upstream.nameservers: the name server {refusing} ")
    assert refused.endswith(remedy)


async def test_the_systems_name_servers_are_asked_where_none_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "DNS_TIMEOUT_S", 1.0)
    resolv_conf, refusing = tmp_path / "resolv.conf", f"{REFUSING}:{free_port()}"
    resolv_conf.write_text(f"nameserver {refusing}\n")

    [note] = await online.remarks(load(None, {"SIGPROXY_ROUTE": ROUTE}), resolv_conf)

    assert note.startswith(f"{resolv_conf}: the name server {refusing} ")


async def test_a_redis(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := redis_server.obstacle():
        pytest.skip(reason)
    monkeypatch.setattr(rate, "REDIS_TIMEOUT_S", 30.0)
    monkeypatch.setattr(online, "REDIS_TIMEOUT_S", 30.0)
    lab.dns.zone["example.com"] = UNKNOWN
    environ = {"SIGPROXY_LIMITS__REQUEST_RATE": "60/minute"}
    async with redis_server.running(tmp_path) as url:
        settings = with_servers(lab.dns.address, SIGPROXY_LIMITS__REQUEST_RATE_REDIS=url, **environ)
        assert await online.remarks(settings) == []

    [note] = await online.remarks(settings)

    assert note == (
        "limits.request_rate_redis: the Redis cannot be used (ConnectionError); until it can, "
        "requests are not counted and all are admitted; start it, or correct host, port and "
        "password"
    )


async def test_name_servers_are_not_asked_where_the_proxy_looks_up_every_name() -> None:
    settings = with_servers(
        f"{REFUSING}:{free_port()}",
        SIGPROXY_UPSTREAM__PROXY="http://192.0.2.1:3128",
        SIGPROXY_UPSTREAM__PROXY_RESOLVES="true",
    )
    assert await online.remarks(settings) == []
