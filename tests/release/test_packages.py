"""The files of a release: what is in them, and that their bytes say nothing of who built them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sigproxy import __version__
from tests.release.made import ROOT, URL, Made

pytestmark = pytest.mark.release

_LINKS = ("conf", "contrib", "systemd")


def committed(*folders: str) -> dict[str, bytes]:
    """Return the files of *folders* in the commit, by where the package has them."""
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", "HEAD", *folders],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    found = {}
    for name in listed.rstrip("\0").split("\0"):
        if name.startswith("sigproxy/files/"):
            continue
        content = subprocess.run(
            ["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, check=True
        ).stdout
        is_linked = name.startswith(tuple(f"{folder}/" for folder in _LINKS))
        found[f"sigproxy/files/{name}" if is_linked else name] = content
    return found


def test_the_wheel_has_all_that_the_commit_has_and_nothing_else(made: Made) -> None:
    ours = {name: each for name, each in made.in_wheel.items() if ".dist-info/" not in name}
    place = f"sigproxy-{__version__}.data/data/"  # for man, and the shells
    assert ours == committed("sigproxy", *_LINKS) | {
        f"{place}{name}": each for name, each in committed("share").items()
    }
    assert {"sigproxy/py.typed", "sigproxy/files/systemd/sigproxy.service"} <= ours.keys()


def test_the_archive_of_the_sources_has_what_builds_the_same_wheel(made: Made) -> None:
    inside = made.in_archive
    assert committed("sigproxy", "share", *_LINKS).items() <= inside.items()
    for name in ("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "requirements/dev.lock"):
        assert inside[name] == (ROOT / name).read_bytes()
    assert [name for name in inside if name.startswith(("tests/", ".", "build/"))] == []


def test_the_metadata_is_what_an_index_shows(made: Made) -> None:
    classifiers = pytest.importorskip("trove_classifiers").classifiers
    metadata = made.metadata
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    named = metadata.get_all("Classifier")
    assert named is not None
    assert [each for each in named if each not in classifiers] == []
    assert "Typing :: Typed" in named
    urls = dict(each.split(", ") for each in metadata.get_all("Project-URL", ()))
    assert urls["Source"] == URL
    assert urls.keys() == {"Source", "Documentation", "Changelog", "Security", "Issues"}


def test_the_pythons_are_those_that_it_is_for(made: Made) -> None:
    minor = re.compile(r"Programming Language :: Python :: 3\.(\d+)$")
    named = [minor.match(each) for each in made.metadata.get_all("Classifier", ())]
    assert [int(each[1]) for each in named if each] == [11, 12, 13, 14]
    assert made.metadata["Requires-Python"] == ">=3.11"


def test_the_checksums_are_of_all_files(made: Made) -> None:
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=made.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    names = {each.name for each in made.folder.iterdir()} - {"SHA256SUMS"}
    assert {line.partition(":")[0] for line in checked.stdout.splitlines()} == names
    assert len(names) == 4
    assert "the same bytes twice" in made.said


def test_the_notes_are_those_of_the_changelog(made: Made) -> None:
    notes = made.file("-notes.md").read_text()
    assert notes.startswith(f"# sigproxy {__version__} (")
    assert "- The path dialect, `/<host>[:port]/<path>`, for HTTP and WebSocket" in notes
    assert made.wheel.name in notes


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--repository", "git@git.example:you/x"), "make release REPOSITORY=https://git.example/"),
        (("--repository", "http://git.example/x"), "no address for a browser"),
    ],
)
def test_a_release_that_cannot_be_made_says_why(
    tmp_path: Path, options: tuple[str, ...], fault: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "release_tools", *options, "--into", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert fault in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert [*tmp_path.iterdir()] == []
