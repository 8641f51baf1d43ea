"""The commit that is released."""

import subprocess
from pathlib import Path

import pytest

from release_tools import CannotRelease, source

PYPROJECT = '[project]\nname = "x"\n'


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@y.example"]
    return subprocess.run(
        [*command, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "sigproxy").mkdir(parents=True)
    (folder / "sigproxy" / "__init__.py").write_text('"""x"""\n\n__version__ = "1.2.3"\n')
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one", "--date=2026-11-30T00:00:00Z")
    return folder


def test_a_release_has_the_files_of_the_commit_alone(root: Path, tmp_path: Path) -> None:
    (root / "sigproxy" / "__init__.py").write_text('__version__ = "9"\n')
    (root / "sigproxy" / "left-over.py").touch()
    commit = source.head(root)
    source.export(root, commit, tmp_path / "out")
    assert source.version(tmp_path / "out") == "1.2.3"
    assert [each.name for each in (tmp_path / "out" / "sigproxy").iterdir()] == ["__init__.py"]
    assert commit.changed == ("sigproxy/__init__.py",)
    assert (commit.id, commit.epoch) == (
        git(root, "rev-parse", "HEAD"),
        int(git(root, "log", "-1", "--format=%ct")),
    )


def test_without_a_commit_there_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(CannotRelease, match=f"^{tmp_path}: a release is built from a commit, and"):
        source.head(tmp_path)


def test_the_address_is_the_given_one_or_the_origins(root: Path) -> None:
    git(root, "remote", "add", "origin", "https://git.example/moni/sigproxy.git")
    assert source.repository(root, None) == "https://git.example/moni/sigproxy"
    assert source.repository(root, "https://x.example:8443/y") == "https://x.example:8443/y"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "git has no remote origin"),
        ("git@git.example:x", "'git@git.example:x' is no address for a browser"),
        ("http://git.example/x", "'http://git.example/x' is no address for a browser"),
        ('https://git.example/"', "is no address for a browser"),
    ],
)
def test_an_address_that_no_browser_opens_is_refused(
    root: Path, given: str | None, why: str
) -> None:
    with pytest.raises(CannotRelease) as refused:
        source.repository(root, given)
    assert f"{why}: make release REPOSITORY=https://git.example/you/" in str(refused.value)


def test_the_addresses_are_a_table_of_their_own() -> None:
    text = source.with_urls(PYPROJECT, "https://git.example/x")
    assert text.startswith(f'{PYPROJECT}\n[project.urls]\nSource = "https://git.example/x"\n')
    assert 'Issues = "https://git.example/x/issues"\n' in text
