"""What is installed with sigproxy: the files of the repository's folders, and no others."""

import subprocess
from pathlib import Path

import pytest

from sigproxy import installed_files

ROOT = Path(__file__).parent.parent
FOLDERS = ("conf", "contrib", "systemd")


def on_disk(*folders: str) -> tuple[str, ...]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    # What a test has run from there leaves is not the repository's.
    kept = [path for path in found if "__pycache__" not in path.parts]
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in kept))


def test_all_files_of_the_folders_are_installed() -> None:
    names = installed_files.names()
    assert names == on_disk(*FOLDERS)
    assert {"conf/sigproxy.toml", "conf/examples/acs.toml", "systemd/sigproxy.service"} <= {*names}


def test_a_folder_has_its_own() -> None:
    assert installed_files.names("conf/examples") == on_disk("conf/examples")
    assert installed_files.names("conf/examples/") == on_disk("conf/examples")


@pytest.mark.parametrize("name", ["conf/sigproxy.toml", "contrib/grafana/sigproxy.json"])
def test_what_is_in_them_is_what_is_in_the_repository(name: str) -> None:
    assert installed_files.text(name) == (ROOT / name).read_text(encoding="utf-8")
    assert installed_files.data(name) == (ROOT / name).read_bytes()


@pytest.mark.parametrize("name", ["conf/nothing.toml", "conf", "nowhere/at-all"])
def test_what_is_not_installed_is_said_by_its_name(name: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"no file '{name}' is installed with sigproxy"):
        installed_files.text(name)


def test_a_folder_that_is_not_installed_is_said_by_its_name() -> None:
    with pytest.raises(FileNotFoundError, match="no folder 'nowhere' is installed with sigproxy"):
        installed_files.names("nowhere")


def test_there_is_one_copy_of_each_file() -> None:
    """What is below sigproxy/files/ is a link: a file there would be a second copy."""
    inside = ROOT / "sigproxy" / "files"
    assert [each.name for each in inside.iterdir() if not each.is_symlink()] == []
    listed = subprocess.run(
        ["git", "ls-files", "sigproxy/files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:  # a copy without its history has no list
        assert listed.stdout.split() == [f"sigproxy/files/{folder}" for folder in FOLDERS]
