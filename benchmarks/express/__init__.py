"""http-proxy-middleware: installed from the lock file into build/, and with it its own Node."""

import json
import platform
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / "build" / "benchmarks" / "express"
FILES = ("package.json", "package-lock.json", "server.js")
INSTALL_S = 120.0
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}


def missing() -> str | None:
    """Install it if npm is here; return why it cannot be measured, None if it can."""
    if _is_installed():
        shutil.copy(HERE / "server.js", INSTALLED)
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed: apt-get install npm"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, INSTALLED)
    # No scripts: Node comes as a file inside a package.
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(
            command, cwd=INSTALLED, capture_output=True, text=True, timeout=INSTALL_S
        )
    except subprocess.TimeoutExpired:
        return f"npm ci in {INSTALLED} took more than {INSTALL_S:.0f} s"
    if done.returncode or not _node().exists():
        problem = (done.stderr.strip().splitlines() or ["no Node for this machine"])[-1]
        return f"npm ci in {INSTALLED} failed: {problem}"
    return None


def version() -> str:
    of_node = subprocess.run([_node(), "--version"], capture_output=True, text=True).stdout.strip()
    packages = [f"{name} {_version_of(name)}" for name in ("http-proxy-middleware", "express")]
    return ", ".join([*packages, f"Node {of_node}"])


def command() -> list[str]:
    return [str(_node()), str(INSTALLED / "server.js")]


def _is_installed() -> bool:
    """True if what the lock file names is what was installed."""
    copy = INSTALLED / "package-lock.json"
    same = copy.exists() and copy.read_bytes() == (HERE / copy.name).read_bytes()
    return same and _node().exists()


def _node() -> Path:
    machine = _MACHINES.get(platform.machine(), platform.machine())
    return INSTALLED / "node_modules" / f"node-linux-{machine}" / "bin" / "node"


def _version_of(package: str) -> str:
    text = (INSTALLED / "node_modules" / package / "package.json").read_text()
    return str(json.loads(text)["version"])
