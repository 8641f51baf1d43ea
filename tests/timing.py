"""How long a call takes where nobody disturbs it."""

from collections.abc import Callable
from time import perf_counter


def quickest(call: Callable[[], object], times: int = 200) -> float:
    """Return the shortest time of *times* calls: what a busy machine adds is not in it."""
    took = []
    for _ in range(times):
        began = perf_counter()
        call()
        took.append(perf_counter() - began)
    return min(took)
