"""How to add a package to the environment that this program runs in, whoever made it."""

import shlex
import sys
from itertools import pairwise
from pathlib import PurePath


def remedy(package: str, prefix: str = sys.prefix) -> str:
    """Return the command that adds *package*, for pipx, uv or pip, to the environment *prefix*."""
    parts = PurePath(prefix).parts
    pairs = set(pairwise(parts))
    if ("pipx", "venvs") in pairs:
        return f"pipx inject {parts[-1]} {package}"
    if ("uv", "tools") in pairs:
        return f"uv pip install --python {shlex.quote(prefix)} {package}"
    return f"{shlex.quote(str(PurePath(sys.executable)))} -m pip install {package}"
