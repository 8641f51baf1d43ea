"""The file descriptors of this process: each client takes one, and its upstream another."""

import errno
import os
import resource

from sigproxy.errors import DescriptorsExhausted

# Kept back from new clients, for the upstreams, lookups and log of those who are here already;
# where there are few, one in so many.
_KEPT_BACK = 64
_KEPT_ONE_IN = 16
_RETRY_AFTER_S = 10
_NONE_LEFT = (errno.EMFILE, errno.ENFILE)


def are_scarce(newest: int) -> bool:
    """Return whether *newest*, which has just been opened, is one of the last.

    The kernel gives out the lowest free number, so that it tells how many are in use.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return False
    return newest >= limit - min(_KEPT_BACK, limit // _KEPT_ONE_IN)


def are_used_up() -> bool:
    """Return whether not one more can be opened: c-ares does not say why a lookup failed."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return is_shortage(error)
    return False


def is_shortage(error: OSError) -> bool:
    return error.errno in _NONE_LEFT


def exhausted() -> DescriptorsExhausted:
    return DescriptorsExhausted(
        "the gateway has no file descriptor left for this; its operator can allow it more",
        _RETRY_AFTER_S,
    )
