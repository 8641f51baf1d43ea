"""The service as systemd knows it: its user, and how many files it may open."""

import os
import pwd
import resource
import shutil
import subprocess
from dataclasses import dataclass

UNIT = "sigproxy.service"
_ASKED = ("LoadState", "User", "LimitNOFILE")
_TRY_S = 3.0


@dataclass(frozen=True, slots=True)
class Unit:
    """*files*: how many descriptors a process may have, None: no limit; *source* says whose."""

    user: str
    files: int | None
    source: str


def look(user: str | None) -> Unit:
    """Return the unit's user and limit; without a unit, those of this process.

    *user* goes over the unit's.
    """
    shown = _shown()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    own = None if hard == resource.RLIM_INFINITY else hard
    if shown.get("LoadState") != "loaded":
        return Unit(user or pwd.getpwuid(os.geteuid()).pw_name, own, "this process")
    limit = shown.get("LimitNOFILE", "")
    files = int(limit) if limit.isdigit() else None
    return Unit(user or shown.get("User") or "root", files, UNIT)


def _shown() -> dict[str, str]:
    """Return what systemd tells of the unit; nothing where there is no systemd."""
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return {}
    command = [systemctl, "show", UNIT, f"--property={','.join(_ASKED)}"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_TRY_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parsed(told.stdout)


def parsed(text: str) -> dict[str, str]:
    """Return the properties in *text*, lines such as ``User=sigproxy``."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, mark, value in pairs if mark}
