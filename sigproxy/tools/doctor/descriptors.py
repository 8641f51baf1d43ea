"""How many files a worker may open, against what the limits promise."""

from collections.abc import Iterator

from sigproxy.config import Settings
from sigproxy.config.preflight import MIN_OPEN_FILES
from sigproxy.policies.limits import connections_for, files_for
from sigproxy.tools.doctor.finding import Finding, failure, warning, well
from sigproxy.tools.doctor.unit import Unit

NAME = "descriptors"
_REMEDY = "allow more files (LimitNOFILE= in the unit, ulimit -Hn in a shell)"


def judge(unit: Unit, settings: Settings) -> Iterator[Finding]:
    if unit.files is None:
        yield well(NAME, f"{unit.source} has no limit of open files")
        return
    most = connections_for(unit.files)
    findings = list(_short(unit, settings, unit.files, most))
    what = f"{unit.source} may open {unit.files} files: enough for {most} clients in each worker"
    yield from findings or [well(NAME, what)]


def _short(unit: Unit, settings: Settings, files: int, most: int) -> Iterator[Finding]:
    if files < MIN_OPEN_FILES:
        what = f"{unit.source} may open {files} files: enough for {most} clients in each worker"
        yield failure(NAME, "descriptors_short", what, f"{_REMEDY}: {MIN_OPEN_FILES} or more")
    limits = settings.limits
    for name, asked in (("connections", limits.connections), ("websockets", limits.websockets)):
        if asked is not None and asked > most:
            what = (
                f"limits.{name} is {asked}, which needs {files_for(asked)} files; "
                f"{unit.source} may open {files}"
            )
            yield warning(NAME, "descriptors_short", what, f"{_REMEDY}, or set {most} or less")
