"""What keeps processes that run tests out of each other's way."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests import isolation, spread
from tests.lab.lab import until
from tests.ports import free_port

ROOT = Path(__file__).parent.parent


@pytest.fixture
def own_network() -> None:
    if reason := isolation.obstacle():
        pytest.skip(reason)


def network() -> int:
    return os.stat(isolation.OWN_NETWORK).st_ino


@pytest.mark.usefixtures("own_network")
def test_nothing_leads_out_of_its_network() -> None:
    lines = Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]
    assert [line.partition(":")[0].strip() for line in lines] == ["lo"]


@pytest.mark.usefixtures("own_network")
def test_what_is_installed_comes_from_outside() -> None:
    own, trusted = network(), os.environ["SSL_CERT_FILE"]
    with isolation.outside():
        assert network() != own
        assert os.environ.get("SSL_CERT_FILE") != trusted
    assert (network(), os.environ["SSL_CERT_FILE"]) == (own, trusted)


def test_no_authority_of_the_system_is_trusted() -> None:
    [only] = ssl.create_default_context().get_ca_certs()
    assert "trustme" in str(only["subject"])


def test_ports_that_there_are_once_are_held_by_one() -> None:
    with (
        isolation.turn("a test") as first,
        isolation.turn("a test", wait_s=0.0) as second,
        isolation.turn("another") as other,
    ):
        assert (first, second, other) == (True, False, True)
    with isolation.turn("a test", wait_s=0.0) as again:
        assert again


def test_no_port_is_given_to_two_processes() -> None:
    script = "from tests.ports import free_port; print(*(free_port() for _ in range(300)))"
    ours = {free_port() for _ in range(300)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    theirs = set(map(int, done.stdout.split()))
    assert len(ours) == len(theirs) == 300
    assert not ours & theirs


PARENT = """
import subprocess, sys
from tests.orphans import end_with_parent
child = subprocess.Popen(["sleep", "600"], preexec_fn=end_with_parent)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
async def test_what_a_killed_process_had_started_ends() -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and nobody has asked how


def test_a_laboratory_is_one_process_and_a_long_test_begins_first() -> None:
    in_parity = ["tests/parity/test_parity.py::test_a[x]", "tests/parity/test_sdk_vectors.py::b"]
    assert len(set(map(spread.unit, in_parity))) == 1
    quick = ["tests/semantics/test_target.py::test_a", "tests/semantics/test_target.py::test_b"]
    assert len(set(map(spread.unit, quick))) == 1
    apart = ["tests/gateway/test_drain.py::test_a", "tests/gateway/test_drain.py::test_b"]
    assert len(set(map(spread.unit, apart))) == 2
    mixed = [quick[0], "tests/service/test_stop.py::test_c", in_parity[0]]
    assert sorted(mixed, key=spread.turn) == mixed[::-1]
    in_turn = sorted([quick[0], *apart, quick[1]], key=spread.turn)
    assert in_turn.index(quick[1]) == in_turn.index(quick[0]) + 1
