"""How many files a process may have open: a client takes one of them, its upstream another."""

try:
    import resource
except ModuleNotFoundError:  # Windows, where it has no limit
    _unlimited = True
else:
    _unlimited = False


def limit() -> int | None:
    """Return the limit that holds now; None if there is none."""
    return _limits()[0]


def hard_limit() -> int | None:
    """Return how far a process may raise its limit, as `serve` does; None if there is none."""
    return _limits()[1]


def _limits() -> tuple[int | None, int | None]:
    if _unlimited:
        return None, None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    infinite = resource.RLIM_INFINITY
    return None if soft == infinite else soft, None if hard == infinite else hard
