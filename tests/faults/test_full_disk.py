"""No room for the access log: lines are lost, and said to be; no exchange is."""

import logging
from pathlib import Path

import pytest

from tests.faults.scene import Scene
from tests.lab.lab import Lab, until
from tests.service.conftest import Make, service
from tests.service.process import SERVE

__all__ = ["service"]

FULL = Path("/dev/full")  # whatever is written: no space left on device

pytestmark = pytest.mark.skipif(
    not FULL.is_char_device(), reason="there is no /dev/full here, which Linux has"
)


async def test_a_full_disk_costs_lines_and_no_exchange(
    lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = tmp_path / "access.log"
    log.symlink_to(FULL)
    upstream = await lab.upstream()
    with caplog.at_level(logging.ERROR, "sigproxy"):
        scene = await Scene.set_up(lab, observed=False, access_log={"path": str(log)})
        for _ in range(50):  # and the bystander asks as often: more lines than are written at once
            assert (await scene.asks(upstream.at("/"))).status == 200
        await until(lambda: caplog.records)
    [said] = caplog.records
    assert "No space left on device" in said.getMessage()
    assert str(log) in said.getMessage()
    assert "access_log.path" in said.getMessage()

    log.unlink()  # there is room again
    assert (await scene.asks(upstream.at("/room"))).status == 200
    await until(lambda: log.exists() and "/room" in log.read_text())


async def test_a_full_standard_output_costs_no_exchange(lab: Lab, service: Make) -> None:
    """Standard output leads to a file on a full disk; what is wrong is said once."""
    upstream = await lab.upstream()
    running = service()
    command = f'{" ".join(SERVE)} "$0" >/dev/full'
    await running.start(("sh", "-c", f"exec {command}", str(running.config)))
    client = await running.client()

    for _ in range(300):
        assert (await client.get(upstream.at("/"))).status == 200

    await running.says("No space left on device")
    assert running.said.count("No space left on device") == 1
    assert "Traceback" not in running.said
