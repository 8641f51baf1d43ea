"""One release of the commit that is checked out, for all tests of it."""

import subprocess
import sys

import pytest

from tests.release.made import ROOT, URL, Made


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    pytest.importorskip("cyclonedx", reason="make test-release installs what a release needs")
    if not (ROOT / ".git").exists():
        pytest.skip("a release is built from a commit, and this copy has no history")
    folder = tmp_path_factory.mktemp("release")
    ended = subprocess.run(
        [sys.executable, "-m", "release_tools", "--repository", URL, "--into", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return Made(folder, ended.stdout)
