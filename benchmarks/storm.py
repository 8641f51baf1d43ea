"""Everybody comes back at once, as after a restart: what it takes until all are there."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import accounting
from benchmarks.figures import BUSY, CPU_US, GET_P99_MS, KIB, P99_MS, RATE, REFUSED, UP_S
from benchmarks.load.drive import Failed, Load, Raw
from benchmarks.memory import most_websockets
from benchmarks.proxies import Running

COUNT = 2000
# 400 in a second are about what a small core can do: who comes last finds a queue.
WITHIN_S = 5.0
OPEN_S = 10.0  # when all should be open


@dataclass(frozen=True, slots=True)
class Wave:
    """What one of the two cost a gateway, and how long somebody else waited meanwhile."""

    cpu_s: float
    grown_kib: float
    get_p99_ms: float


def measure(crowd: Raw, bystander: Raw) -> Callable[[Running, Path, float], dict[str, float]]:
    """Return what has the *crowd* come to one gateway, and as that drains to another."""

    def measured(proxy: Running, ca: Path, _: float) -> dict[str, float]:
        if most_websockets() < crowd.connections:
            raise Failed(f"{crowd.connections} WebSockets need twice the descriptors: ulimit -n")
        with ExitStack() as stack, ExitStack() as draining:
            first = draining.enter_context(proxy.another(1))
            second = stack.enter_context(proxy.another(2))
            coming = replace(crowd, second=second.address)
            load = stack.enter_context(coming.opened(first, ca, WITHIN_S))
            waves = [
                _wave(first, ca, load, bystander, lambda: None),
                _wave(second, ca, load, bystander, draining.close),
            ]
            return _metrics(load.go(), waves)

    return measured


def _wave(
    gateway: Running, ca: Path, crowd: Load, bystander: Raw, meanwhile: Callable[[], None]
) -> Wave:
    with bystander.opened(gateway, ca, 0) as asking:
        before_kib, before_s = accounting.pss_kib(gateway.pid), accounting.cpu_s(gateway.pid)
        asking.tell()
        asking.await_ready()
        crowd.tell()
        meanwhile()
        crowd.await_ready()
        cpu_s = accounting.cpu_s(gateway.pid) - before_s
        grown_kib = accounting.pss_kib(gateway.pid) - before_kib
        return Wave(cpu_s, grown_kib, asking.go()[P99_MS])


def _metrics(figures: dict[str, float], waves: list[Wave]) -> dict[str, float]:
    """Return the worse of both waves where it is a wait or a size, else both together."""

    def both(key: str) -> tuple[float, float]:
        return figures[f"{key}_0"], figures[f"{key}_1"]

    opened, up_s = sum(both("opened")), sum(both("up_s"))
    if not opened:
        raise Failed("no WebSocket was opened")
    cpu_s = sum(wave.cpu_s for wave in waves)
    return {
        RATE: opened / up_s,
        CPU_US: cpu_s / opened * 1e6,
        BUSY: cpu_s / up_s,
        UP_S: max(both("up_s")),
        P99_MS: max(both("p99_ms")),
        REFUSED: sum(both("refused")),
        KIB: max(wave.grown_kib for wave in waves) * 2 / opened,
        GET_P99_MS: max(wave.get_p99_ms for wave in waves),
        **{key: value for key, value in figures.items() if not key.startswith("opened")},
    }
