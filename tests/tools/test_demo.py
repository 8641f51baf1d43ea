"""The first thing that a new user runs."""

import subprocess
import sys


def test_once_runs_every_step_and_ends() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sigproxy", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "5 of 5 steps succeeded." in ran.stdout
    # What the vendor saw is told, not only what the client got.
    assert "vendor saw        POST /calls/eu" in ran.stdout
    assert "FAILED" not in ran.stdout
    assert "Traceback" not in ran.stderr
