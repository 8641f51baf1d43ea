"""No process outlives the one that runs the tests, however that ends."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # nothing is loaded after a fork


def end_with_parent() -> None:
    """Between fork and exec: have the kernel send TERM once the parent has died.

    A parent that can does it itself, by process id; one that was killed cannot.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
