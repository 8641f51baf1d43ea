"""The first thing that a new user runs."""

import subprocess
import sys

from sigproxy.tools.demo import turn


def test_once_runs_every_step_and_ends() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sigproxy", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if turn.is_installed():
        assert "6 of 6 steps went as they should." in ran.stdout
        assert "b'echo of hello'" in ran.stdout
    else:
        assert "5 of 5 steps went as they should." in ran.stdout
        assert turn.MISSING in ran.stdout
    # What the vendor saw is told, not only what the client got.
    assert "vendor saw        POST /calls/eu" in ran.stdout
    assert "FAILED" not in ran.stdout
    assert "Traceback" not in ran.stderr
