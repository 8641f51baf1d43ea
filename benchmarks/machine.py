"""What was measured, and on what."""

import os
import platform
import ssl
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.load.drive import WRK
from benchmarks.processes import first_line
from benchmarks.proxies import PROXIES, SIGPROXY

_GIB = 1 << 30


def facts(names: list[str]) -> dict[str, str]:
    """Return the versions of *names*' programs and of what they run on, by what they are."""
    return {
        "date": str(datetime.now(UTC).date()),
        "machine": machine(),
        "load": " ".join(first_line(WRK, "-v").split()[:2]),
        **{name: PROXIES[name].version() for name in [SIGPROXY, *names]},
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "openssl": ssl.OPENSSL_VERSION,
    }


def machine() -> str:
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIB
    kernel = platform.release().partition("-")[0]
    plural = "s" if cores > 1 else ""
    return f"{cores} core{plural} of {_model()}, {memory:.0f} GiB, Linux {kernel}"


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
