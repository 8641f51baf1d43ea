"""How to add a package to the environment that this program runs in, whatever made it."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path


def remedy(*packages: str, prefix: Path | None = None) -> str:
    """Return the command that adds *packages* to the environment at *prefix*, by default our own.

    They are named themselves, as requirements, and not by an extra of sigproxy: a package index
    may have nothing of ours, or something of a stranger's, by that name.

    pipx writes a file of its own into an environment, and uv its name into pyvenv.cfg; neither puts
    pip there. Those that `uvx` makes for a single run are in folders with such names.
    """
    prefix = Path(sys.prefix) if prefix is None else prefix
    named = shlex.join(packages)
    if (prefix / "pipx_metadata.json").is_file():
        return f"pipx inject {prefix.name} {named}"
    if prefix.parent.name.startswith(("archive-v", "environments-v")):
        options = " ".join(f"--with {shlex.quote(package)}" for package in packages)
        return f"uvx {options}, and the rest of the command as it was"
    if _is_made_by_uv(prefix):
        return f"uv pip install --python {shlex.quote(str(prefix))} {named}"
    if find_spec("pip") is None:
        return f"install {named} for {sys.executable}, which has no pip"
    return f"{shlex.quote(sys.executable)} -m pip install {named}"


def _is_made_by_uv(prefix: Path) -> bool:
    try:
        lines = (prefix / "pyvenv.cfg").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(line.partition("=")[0].strip() == "uv" for line in lines)
