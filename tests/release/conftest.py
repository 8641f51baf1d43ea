"""One release of the commit that is checked out, for all tests of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.made import ROOT, URL, Made


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what takes seconds to import, where no test of it was asked for."""
    is_asked = "not release" not in config.getoption("markexpr")
    return None if is_asked or collection_path.name != "test_sbom.py" else True


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
