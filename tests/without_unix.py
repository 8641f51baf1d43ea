"""Run a command of ours as Windows does, as far as Python shows it: without the modules of Unix.

    python -m tests.without_unix presets acs

uvloop is missing there as well, and so are the functions below.
"""

import os
import socket
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MODULES = frozenset({"fcntl", "grp", "pwd", "resource", "termios", "uvloop"})
_OF_OS = (
    *("fork", "getegid", "geteuid", "getgid", "getgrouplist", "getgroups", "getuid", "killpg"),
    *("memfd_create", "sched_getaffinity", "setegid", "seteuid", "setgroups"),
    *("O_CLOEXEC", "O_NONBLOCK"),
)


class Blocked(MetaPathFinder):
    """Finds no module of Unix, and says so as Python does."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def block() -> None:
    import asyncio  # the standard library's own use of these modules is not what we ask about
    import subprocess

    assert asyncio, subprocess
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Blocked())
    for name in _OF_OS:
        delattr(os, name)
    del socket.AF_UNIX


if __name__ == "__main__":
    block()
    from sigproxy.cli import main

    main(prog_name="sigproxy")
