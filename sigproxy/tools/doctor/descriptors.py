"""How many files a worker may open, against what the limits promise."""

from collections.abc import Iterator

from sigproxy.config import Settings
from sigproxy.config.preflight import MIN_OPEN_FILES
from sigproxy.policies.limits import connections_for, files_for
from sigproxy.tools.doctor.finding import Finding, failure, warning, well

NAME = "descriptors"
_REMEDY = "allow more files (LimitNOFILE= in the unit, ulimit -Hn in a shell)"


def judge(files: int | None, settings: Settings) -> Iterator[Finding]:
    """*files*: how many a process of the service may open, None: any number."""
    if files is None:
        yield well(NAME, "a process may open any number of files")
        return
    most = connections_for(files)
    what = f"a process may open {files} files: enough for {most} clients in each worker"
    yield from list(_short(settings, files, most, what)) or [well(NAME, what)]


def _short(settings: Settings, files: int, most: int, what: str) -> Iterator[Finding]:
    if files < MIN_OPEN_FILES:
        yield failure(NAME, "descriptors_short", what, f"{_REMEDY}: {MIN_OPEN_FILES} or more")
    limits = settings.limits
    for name, asked in (("connections", limits.connections), ("websockets", limits.websockets)):
        if asked is not None and asked > most:
            short = (
                f"limits.{name} is {asked}, which needs {files_for(asked)} files; "
                f"a process may open {files}"
            )
            yield warning(NAME, "descriptors_short", short, f"{_REMEDY}, or set {most} or less")
