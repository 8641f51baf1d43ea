"""What Chromium needs of a network, and that the suite says what of it is missing."""

import shutil
import subprocess
import sys

import pytest

from tests.parity.gateways import ROOT
from tests.sdk import online

BRIDGE = "ip link add sdk0 type bridge"
ADDRESS, SIX = "ip addr add 192.0.2.1/24 dev sdk0", "ip addr add 2001:db8::1/64 dev sdk0 nodad"
UP = "ip link set sdk0 up"
ASK = "from tests.sdk import online; print(online.obstacle())"

pytestmark = pytest.mark.skipif(
    shutil.which("ip") is None or shutil.which("unshare") is None,
    reason="ip is not installed: apt-get install iproute2",
)


@pytest.mark.parametrize(
    ("made", "is_online"),
    [
        ((), False),
        ((BRIDGE, UP), False),
        ((BRIDGE, ADDRESS), False),
        ((BRIDGE, ADDRESS, UP), True),
        ((BRIDGE, UP, SIX), True),
    ],
)
def test_a_network_with_loopback_alone_is_said_to_lack_an_interface(
    made: tuple[str, ...], is_online: bool
) -> None:
    script = " && ".join(("ip link set lo up", *made, f"exec {sys.executable} -c '{ASK}'"))
    ran = subprocess.run(
        ["unshare", "--net", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    if "Operation not permitted" in ran.stderr:
        pytest.skip("a network namespace needs root")
    assert ran.stdout.strip() == ("None" if is_online else online.MISSING), ran.stderr
