"""The programs that the files of contrib/ are for, each skipped by its name if it is missing."""

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest

WAIT_S = 60.0
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))


def found(name: str, package: str) -> str:
    program = shutil.which(name, path=PATH)
    if program is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return program


def ran(arguments: Sequence[str], text: str = "") -> str:
    """Run a program to its end; return all that it says; fail if it does."""
    done = subprocess.run(
        arguments,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
