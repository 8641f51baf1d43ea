"""How the last reload ended, for `sigproxy reload`: a file in the service's RUNTIME_DIRECTORY.

A signal has no answer. systemd's RuntimeDirectory= gives the service a folder, and the command of
ExecReload= the same, though it runs in a sandbox of its own, where it cannot look into the master.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

NAME = "last-reload.json"
VARIABLE = "RUNTIME_DIRECTORY"  # systemd.exec(5)

log = logging.getLogger("gunicorn.error")


@dataclass(frozen=True, slots=True)
class Verdict:
    """*pid*: of the master. *began_s*: by the system's monotonic clock; 0.0: it was the start.

    *why_not*: why the reload was refused, as in the log; empty: the new configuration is served.
    """

    pid: int
    began_s: float
    why_not: tuple[str, ...] = ()


_CONTENT = TypeAdapter(Verdict)


def folder(environ: Mapping[str, str]) -> Path | None:
    first = environ.get(VARIABLE, "").partition(":")[0]
    return Path(first) if first else None


def write(place: Path | None, verdict: Verdict) -> None:
    """Replace the file in *place*, if there is one; a failure is logged."""
    if place is None:
        return
    draft = place / f"{NAME}.draft"
    try:
        draft.write_bytes(_CONTENT.dump_json(verdict))
        draft.replace(place / NAME)
    except OSError as error:
        log.error("`sigproxy reload` will not hear how reloads end: %s", error)
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def read(place: Path) -> Verdict | None:
    """Return the last verdict; None if there is none, or it is from another version."""
    try:
        return _CONTENT.validate_json((place / NAME).read_bytes())
    except (OSError, ValidationError):
        return None
