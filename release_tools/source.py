"""The commit that is released, and its files: what lies around beside them is not in a release."""

import io
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from release_tools import CannotRelease

_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True, slots=True)
class Commit:
    """*epoch* is its time in Unix seconds; *changed* are files that differ from it on disk."""

    id: str
    epoch: int
    changed: tuple[str, ...]


def head(root: Path) -> Commit:
    """Return the commit that is checked out at *root*; raise CannotRelease."""
    commit, epoch = _git(root, "log", "-1", "--format=%H %ct").decode().split()
    changed = _git(root, "status", "--porcelain", "--untracked-files=no").decode().splitlines()
    return Commit(commit, int(epoch), tuple(line[3:] for line in changed))


def export(root: Path, commit: Commit, folder: Path) -> None:
    """Write the files of *commit* into *folder*."""
    packed = _git(root, "-c", "tar.umask=0022", "archive", "--format=tar", commit.id)
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="tar")


def version(folder: Path) -> str:
    found = _VERSION.search((folder / "sigproxy" / "__init__.py").read_text("utf-8"))
    if found is None:
        raise CannotRelease("sigproxy/__init__.py has no line '__version__ = \"...\"'; write it")
    return found[1]


def repository(root: Path, given: str | None) -> str:
    """Return the repository's address, *given* or that of its remote "origin"."""
    url = given or _origin(root)
    if url is None or _URL.fullmatch(url.removesuffix(".git")) is None:
        why = "git has no remote origin" if url is None else f"{url!r} is no address for a browser"
        raise CannotRelease(
            f"the wheel says where its sources are, and {why}: "
            "make release REPOSITORY=https://git.example/you/sigproxy"
        )
    return url.removesuffix(".git")


def with_urls(pyproject: str, url: str) -> str:
    """Return *pyproject* with the addresses that a package index shows.

    Only a release has them: a copy elsewhere must not send its readers to a stranger.
    """
    addresses = {
        "Source": url,
        "Documentation": f"{url}/blob/HEAD/docs/index.md",
        "Changelog": f"{url}/blob/HEAD/CHANGELOG.md",
        "Security": f"{url}/blob/HEAD/SECURITY.md",
        "Issues": f"{url}/issues",
    }
    lines = [f'{name} = "{address}"' for name, address in addresses.items()]
    return "\n".join([pyproject.rstrip("\n"), "", "[project.urls]", *lines, ""])


def _origin(root: Path) -> str | None:
    try:
        return _git(root, "remote", "get-url", "origin").decode().strip()
    except CannotRelease:
        return None


def _git(root: Path, *arguments: str) -> bytes:
    try:
        ended = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError:
        raise CannotRelease("git is not installed: apt-get install git") from None
    if ended.returncode != 0:
        why = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CannotRelease(
            f"{root}: a release is built from a commit, and git says: {why[-1] if why else '-'}"
        )
    return ended.stdout
