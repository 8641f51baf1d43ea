"""How the suite is spread over processes: what stays together, and what begins.

Tests wait most of the time, so there are several processes for each core; each gets its next test
when it has ended one. ``--dist loadgroup`` would do that, but groups nothing with pytest 9.2
(pytest-xdist, issue 1386).
"""

import os
from zlib import crc32

from xdist.scheduler import LoadScopeScheduling

PER_CORE, MOST = 4, 12  # processes

# Long tests first, so that none begins when the others have ended. What is not named is short.
FIRST = ("parity/", "gateway/test_leaks", "service/", "attacks/")
# A folder or file with one laboratory, which holds ports that there are once, or starts slowly: one
# process plays it all, without other tests in between.
TOGETHER = ("parity/", "sdk/test_sdk.py", "sdk/ice/")
# Tests of a millisecond, or with one costly fixture: a file at a time.
WHOLE = ("semantics/", "dialects/", "policies/", "telemetry/", "contrib/test_kubernetes")


class NextPlease(LoadScopeScheduling):
    """Hands out units in the order in which their tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def processes() -> int:
    return min(MOST, PER_CORE * len(os.sched_getaffinity(0)))


def unit(nodeid: str) -> str:
    """Return the name of what is given to one process as a whole: a folder, a file or a test."""
    name = nodeid.removeprefix("tests/")
    for folder in TOGETHER:
        if name.startswith(folder):
            return folder
    return nodeid.partition("::")[0] if name.startswith(WHOLE) else nodeid


def turn(nodeid: str) -> tuple[int, int]:
    """Return by what tests are put in order.

    The tests of a file wait alike: mixed with others', some compute while others wait.
    """
    name = nodeid.removeprefix("tests/")
    part = next((at for at, start in enumerate(FIRST) if name.startswith(start)), len(FIRST))
    return part, crc32(unit(nodeid).encode())
