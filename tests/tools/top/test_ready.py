"""`sigproxy ready`: what a container's health check runs."""

import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sigproxy.cli import main
from tests.ports import free_port
from tests.service.conftest import Make, service
from tests.service.process import ran
from tests.tools.top.test_source import answering, listening

__all__ = ["service"]


def ready(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ready", *arguments])


async def test_a_gateway_is_ready_until_it_stops(service: Make) -> None:
    port = free_port()
    running = service(
        admin={"bind": f"127.0.0.1:{port}"}, server={"drain_notice_s": 20, "drain_s": 25}
    )
    await running.start()
    command = (sys.executable, "-m", "sigproxy", "ready", "--config", str(running.config))
    assert (await ran(command))[:2] == (0, "ready\n")

    running.signal(signal.SIGTERM)
    code, said, why = await ran(command)
    while code == 0:
        code, said, why = await ran(command)

    assert (code, said, why) == (1, "", "not ready: the gateway is stopping\n")


def test_nobody_listens() -> None:
    place = f"127.0.0.1:{free_port()}"
    result = ready("--admin", place)
    assert result.exit_code == 1
    assert result.output.startswith(f"sigproxy ready: nothing listens at {place}: is sigproxy ")


def test_another_server() -> None:
    with listening(answering(b"404 Not Found", b"")) as place:
        result = ready("--admin", place)
    assert result.exit_code == 1
    assert "answers 404 to /-/ready: it is not the admin listener of a sigproxy" in result.output


@pytest.mark.parametrize("name", ["--config", "SIGPROXY_CONFIG"])
def test_a_configuration_without_an_admin_listener(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text('[[route]]\ntargets = ["api.example.com"]\n')
    if name == "SIGPROXY_CONFIG":
        monkeypatch.setenv(name, str(file))
    result = ready(*((name, str(file)) if name == "--config" else ()))
    assert result.exit_code == 1
    assert result.output == (
        f'{file}: it has no admin listener; add [admin] with bind = "127.0.0.1:9901"\n'
    )
