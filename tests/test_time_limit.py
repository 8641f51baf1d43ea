"""Each test has a time limit: one that hangs fails, and the others go on."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_S = 180  # without a mark; those with one wait for a browser, a suite of others or ports

HANGS = """
import asyncio, threading, time

def test_that_waits():
    threading.Event().wait()

async def test_that_awaits():
    await asyncio.Event().wait()

async def test_that_blocks_its_loop():
    while True:
        time.sleep(1)

def test_of_the_others():
    pass
"""


def test_what_hangs_fails_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "test_hangs.py").write_text(HANGS)
    ours = [
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(tmp_path),
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ours, "-o", "timeout=0.5", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S / 2,
    )
    assert "3 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("FAILED test_hangs.py::test_that_") == 3
    assert "Timeout (>0.5s)" in done.stdout


def test_a_limit_holds_for_every_test(request: pytest.FixtureRequest) -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert 0 < options["timeout"] <= LONGEST_S
    marks = [(item, item.get_closest_marker("timeout")) for item in request.session.items]
    assert [item.nodeid for item, mark in marks if mark and not mark.args[0] > 0] == []
