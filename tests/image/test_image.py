"""The image, built and run: confined, healthy, and with a stop that tells everybody."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.image.build import BASE, IMAGE
from tests.image.podman import Container, Podman
from tests.lab.client import Client
from tests.lab.frames import close, handshake, ok_or_echo, read_frame
from tests.lab.lab import Lab
from tests.lab.pki import Pki
from tests.lab.upstream import Upstream
from tests.lab.wire import within
from tests.ports import free_port
from tests.service.admin import asked
from tests.service.process import START_S, Document, settings, toml

# The first one builds the image.
pytestmark = [pytest.mark.image, pytest.mark.timeout(1800)]

USER = 10001
MANY, RESTART = 50, 1012
DRAIN_S, GRACE_S = 10.0, 30
MOST_BEYOND_BASE = 100_000_000  # bytes that sigproxy and its packages add


class Running:
    """A gateway in a container, with an admin listener."""

    def __init__(self, container: Container, port: int, admin: int) -> None:
        self.container, self.port, self.admin = container, port, admin

    async def ready(self) -> None:
        async with within(START_S):
            while True:
                try:
                    if (await asked(self.admin, b"/-/ready")).status == 200:
                        return
                except OSError:
                    await asyncio.sleep(0.1)


def written(lab: Lab, pki: Pki, folder: Path, **tables: object) -> tuple[Path, Document]:
    """Write what the container is given: the configuration, and the authority that it names."""
    document = settings(lab, **tables)
    files = folder / "files"
    files.mkdir()
    authority = files / "ca.pem"
    authority.write_bytes(pki.ca_file.read_bytes())
    document["upstream"]["ca_file"] = str(authority)
    config = folder / "sigproxy.toml"
    config.write_text(toml(document))
    for each in (config, authority):
        each.chmod(0o644)
    return config, document


@pytest.fixture
async def running(lab: Lab, pki: Pki, podman: Podman, tmp_path: Path) -> AsyncIterator[Running]:
    port, admin = free_port(), free_port()
    server = {"bind": [f"127.0.0.1:{port}"], "workers": 2, "drain_s": DRAIN_S}
    config, _ = written(lab, pki, tmp_path, server=server, admin={"bind": f"127.0.0.1:{admin}"})
    with podman.gateway(config) as container:
        made = Running(container, port, admin)
        await made.ready()
        yield made


def processes(container: Container) -> list[dict[str, str]]:
    """Return what the kernel says of each process in the container (proc_pid_status(5))."""
    first = container.state()["Pid"]
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    found = []
    for pid in (str(first), *children):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found.append({key: value.strip() for key, _, value in (x.partition(":") for x in lines)})
    return found


async def opened(running: Running, upstream: Upstream) -> Client:
    client = await Client.open("127.0.0.1", running.port)
    assert (await handshake(client, upstream.at("/ws"))).status == 101
    return client


async def told(client: Client) -> int | None:
    async with within(60.0):
        goodbye = await read_frame(client)
    client.send(close(goodbye.close_code or 1000, masked=True))
    await client.closed()
    client.close()
    return goodbye.close_code


def test_what_the_image_says(podman: Podman) -> None:
    [found] = json.loads(podman.must("image", "inspect", IMAGE))
    [base] = json.loads(podman.must("image", "inspect", BASE))
    assert found["User"] == f"{USER}:{USER}"
    assert found["Config"]["Entrypoint"] == ["sigproxy"]
    assert found["Config"]["Cmd"] == ["serve"]
    assert found["Healthcheck"]["Test"] == ["CMD", "sigproxy", "ready"]
    assert found["Size"] - base["Size"] < MOST_BEYOND_BASE


def test_what_only_installs_is_not_in_it(podman: Podman) -> None:
    code = "import sigproxy, redis, opentelemetry.sdk; import setuptools"
    done = podman.once("-c", code, program="python3")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("No module named 'setuptools'")


def test_without_a_configuration_it_says_one_sentence(podman: Podman) -> None:
    done = podman.once()
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "/etc/sigproxy/sigproxy.toml: file: cannot be read: No such file or directory; put one "
        "there (in a container: mount one), or name another file with --config or SIGPROXY_CONFIG"
    ]


async def test_it_is_confined(running: Running) -> None:
    found = processes(running.container)
    assert len(found) == 3, "a master and two workers"
    assert found[0]["NSpid"].split()[-1] == "1"
    for each in found:
        assert set(each["Uid"].split()) == set(each["Gid"].split()) == {str(USER)}
        assert {int(each[kind], 16) for kind in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
        assert each["NoNewPrivs"] == "1"
    for place in ("/x", "/tmp/x", "/opt/sigproxy/x", "/etc/sigproxy/x"):
        done = running.container.inside("touch", place)
        assert done.returncode != 0, place
        assert "Read-only file system" in done.stderr


async def test_the_health_check_turns_healthy(running: Running) -> None:
    assert running.container.state()["Health"]["Status"] == "starting"
    assert running.container.checked() == (0, "healthy")


async def test_without_an_admin_listener_the_health_check_says_what_to_add(
    lab: Lab, pki: Pki, podman: Podman, tmp_path: Path
) -> None:
    server = {"bind": [f"127.0.0.1:{free_port()}"], "workers": 1}
    config, _ = written(lab, pki, tmp_path, server=server)
    with podman.gateway(config) as container:
        code, _ = container.checked()
        assert code == 1
        assert (
            'add [admin] with bind = "127.0.0.1:9901"'
            in container.state()["Health"]["Log"][-1]["Output"]
        )


async def test_a_reload_says_how_it_ended(running: Running) -> None:
    done = running.container.inside("sigproxy", "reload")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("reloaded: new workers serve")


async def test_fifty_websockets_are_told_at_a_stop(running: Running, lab: Lab) -> None:
    upstream = await lab.upstream(ok_or_echo)
    clients = [await opened(running, upstream) for _ in range(MANY)]

    listening = [asyncio.create_task(told(client)) for client in clients]
    stopped = await asyncio.to_thread(running.container.stop, GRACE_S)

    assert stopped.returncode == 0, stopped.stderr
    assert [await each for each in listening] == [RESTART] * MANY
    state = running.container.state()
    assert (state["Status"], state["ExitCode"]) == ("exited", 0)
    said = running.container.said()
    assert said.count(f"close_code={RESTART} closed_by=gateway") == MANY
    assert "Traceback" not in said


async def test_an_idle_one_stops_at_once(running: Running) -> None:
    """As process 1 it has no default action for signals: it has to take TERM itself."""
    began_s = asyncio.get_running_loop().time()
    stopped = await asyncio.to_thread(running.container.stop, GRACE_S)
    took_s = asyncio.get_running_loop().time() - began_s
    assert stopped.returncode == 0, stopped.stderr
    assert running.container.state()["ExitCode"] == 0
    assert took_s < GRACE_S / 2, "podman waited, and killed it"
