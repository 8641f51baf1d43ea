"""The file descriptors of this process: each client uses one, and its upstream another."""

import errno
import os

from sigproxy import open_files
from sigproxy.errors import DescriptorsExhausted

# Reserved from new clients, for the upstreams, lookups and logs of connected ones. If the limit is
# low, one in so many is reserved.
_KEPT_BACK = 64
_KEPT_ONE_IN = 16
_RETRY_AFTER_S = 10
_NONE_LEFT = (errno.EMFILE, errno.ENFILE)


def are_scarce(newest: int) -> bool:
    """Return whether *newest*, a descriptor just opened, is one of the last that are left.

    The kernel assigns the lowest free number, so *newest* shows how many are in use.
    """
    limit = open_files.limit()
    if limit is None:
        return False
    return newest >= limit - min(_KEPT_BACK, limit // _KEPT_ONE_IN)


def are_used_up() -> bool:
    """Return whether none can be opened. c-ares does not report this cause of a failed lookup."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return is_shortage(error)
    return False


def is_shortage(error: OSError) -> bool:
    return error.errno in _NONE_LEFT


def exhausted() -> DescriptorsExhausted:
    return DescriptorsExhausted(
        "the gateway has no file descriptor left; its operator can raise the limit (LimitNOFILE=)",
        _RETRY_AFTER_S,
    )
