"""The programs of others: where they are, or what to install. What pip and npm have is put into
build/conformance, from lock files, when it is first needed.
"""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from tests import isolation

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / "build" / "conformance"
INSTALL_S = 300.0

_NODE = INSTALLED / "node"
_NODE_FILES = ("package.json", "package-lock.json", ".npmrc", "servers.js", "clients.js")
_SSLYZE = INSTALLED / "sslyze"
_AUTOBAHN = INSTALLED / "autobahn"
_LOCK = "installed.lock"  # what is installed there, as a copy of the lock file
_WSTEST = (
    "import site, sys; site.addsitedir(sys.argv.pop(1)); "
    "from autobahntestsuite.wstest import run; run()"
)


def missing_libraries() -> str | None:
    """Install socket.io and ws; return why they cannot be used, None if they can."""
    for program, package in (("node", "nodejs"), ("npm", "npm")):
        if shutil.which(program) is None:
            return f"{program} is not installed: apt-get install {package}"
    _NODE.mkdir(parents=True, exist_ok=True)
    for name in _NODE_FILES:
        shutil.copy(HERE / name, _NODE)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    return _installed(_NODE, HERE / "package-lock.json", [command])


def node(script: str) -> list[str]:
    return ["node", str(_NODE / script)]


def missing_sslyze() -> str | None:
    """Install sslyze, in an environment of its own; return why it cannot be used."""
    lock = HERE / "sslyze.lock"
    if not _is_installed(_SSLYZE, lock):
        venv.create(_SSLYZE, clear=True, with_pip=True)
    pip = [str(_SSLYZE / "bin" / "python"), "-m", "pip", *_PIP]
    return _installed(_SSLYZE, lock, [[*pip, "--requirement", str(lock)]])


def sslyze() -> list[str]:
    return [str(_SSLYZE / "bin" / "python"), "-m", "sslyze"]


def missing_autobahn() -> str | None:
    """Install Autobahn's test suite for the Python 2.7 that it needs; return why it cannot be."""
    python = python27()
    if python is None:
        return (
            "Autobahn's test suite needs Python 2.7, which Debian no longer has: "
            "`pyenv install 2.7.18` puts one where it is found"
        )
    lock = HERE / "autobahn.lock"
    pip = [str(python), "-m", "pip", *_PIP, "--no-deps", "--target", str(_AUTOBAHN), "--upgrade"]
    return _installed(_AUTOBAHN, lock, [[*pip, "--requirement", str(lock)]])


def wstest() -> list[str]:
    """Return Autobahn's program; namespace packages have .pth files, which PYTHONPATH ignores."""
    return [str(python27()), "-Bc", _WSTEST, str(_AUTOBAHN)]


@cache
def python27() -> Path | None:
    return next(filter(_runs, _pythons27()), None)


def _runs(python: Path) -> bool:
    """False for pyenv's stand-in of a Python that is there and not chosen."""
    return subprocess.run([python, "--version"], capture_output=True).returncode == 0


def _pythons27() -> Iterator[Path]:
    if found := shutil.which("python2.7"):
        yield Path(found)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob("versions/2.7*/bin/python2.7"))


def missing_slowhttptest() -> str | None:
    if shutil.which("slowhttptest") is None:
        return "slowhttptest is not installed: apt-get install slowhttptest"
    return None


_PIP = ("--disable-pip-version-check", "--no-input", "install", "--quiet", "--require-hashes")


def _is_installed(place: Path, lock: Path) -> bool:
    copy = place / _LOCK
    return copy.exists() and copy.read_bytes() == lock.read_bytes()


def _installed(place: Path, lock: Path, commands: Sequence[Sequence[str]]) -> str | None:
    """Run *commands* unless they have been; return what went wrong."""
    if _is_installed(place, lock):
        return None
    place.mkdir(parents=True, exist_ok=True)
    for command in commands:
        print(f"Installing what {lock.name} names into {place}", file=sys.stderr)
        try:
            with isolation.outside():
                done = subprocess.run(
                    command, cwd=place, capture_output=True, text=True, timeout=INSTALL_S
                )
        except subprocess.TimeoutExpired:
            return f"installing {lock.name} took more than {INSTALL_S:.0f} s"
        if done.returncode:
            problem = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            return f"installing {lock.name} failed: {problem}"
    shutil.copy(lock, place / _LOCK)
    return None
