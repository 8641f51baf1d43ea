"""One run: upstream and proxies are started, scenarios measured round by round."""

import http.client
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import pki, proxies, upstream
from benchmarks.figures import Results
from benchmarks.load.drive import Failed
from benchmarks.places import ORIGIN, PROXY_NAME
from benchmarks.proxies import PROXIES, Running
from benchmarks.scenarios import Probe, Scenario

WARM_UP_S = 1.0
PROBE_S = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    scenarios: Sequence[Scenario]
    proxies: Sequence[str]
    rounds: int
    seconds: float
    warm_up_s: float = WARM_UP_S


@dataclass(slots=True)
class Outcome:
    """Figures, and why some are missing: ``"scenario, proxy: reason"``."""

    results: Results = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)


class Bench:
    """The machinery of a run; proxies start when a scenario first needs them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pki = pki.create(directory)
        self._stack = ExitStack()
        self._nameserver = self._stack.enter_context(upstream.started(directory, self._pki))
        self._proxies: dict[tuple[str, int], tuple[Running, ExitStack]] = {}

    def close(self) -> None:
        with self._stack:
            for _, own in self._proxies.values():
                self._stack.push(own)

    def proxy(self, name: str, workers: int = 1, is_fresh: bool = False) -> Running:
        """Return the running proxy, started now if it is not there, or has been used already."""
        key = name, workers
        if is_fresh and key in self._proxies:
            self._proxies.pop(key)[1].close()
        if key not in self._proxies:
            own = ExitStack()
            starting = proxies.started(
                PROXIES[name], self._directory, self._pki, self._nameserver, workers
            )
            self._proxies[key] = own.enter_context(starting), own
        return self._proxies[key][0]

    def run(self, plan: Plan) -> Outcome:
        outcome = Outcome()
        for scenario in plan.scenarios:
            names = [name for name in plan.proxies if name in scenario.proxies]
            outcome.results[scenario.name] = self._measure(plan, scenario, names, outcome.gaps)
        return outcome

    def _measure(
        self, plan: Plan, scenario: Scenario, names: list[str], gaps: list[str]
    ) -> dict[str, dict[str, list[float]]]:
        """Measure one scenario; who fails once is left out, so that rounds stay aligned."""
        found: dict[str, dict[str, list[float]]] = {name: {} for name in names}
        rounds = 1 if scenario.is_once else plan.rounds
        for number in range(rounds):
            for name in list(found):
                _say(f"{scenario.name}: round {number + 1} of {rounds}, {name}")
                try:
                    metrics = self._once(plan, scenario, name, is_first=number == 0)
                except (Failed, RuntimeError, OSError, http.client.HTTPException) as error:
                    gaps.append(f"{scenario.name}, {name}: {error}")
                    _say(gaps[-1])
                    del found[name]
                    continue
                for metric, value in metrics.items():
                    found[name].setdefault(metric, []).append(float(f"{value:.5g}"))
        return found

    def _once(self, plan: Plan, scenario: Scenario, name: str, is_first: bool) -> dict[str, float]:
        proxy = self.proxy(name, scenario.workers, scenario.is_fresh)
        if is_first and scenario.probe is not None:
            probe(proxy, scenario.probe, self._pki.ca)
        if is_first and plan.warm_up_s and not scenario.is_once:
            scenario.measure(proxy, self._pki.ca, plan.warm_up_s)
        return scenario.measure(proxy, self._pki.ca, plan.seconds)


@contextmanager
def prepared() -> Iterator[Bench]:
    """Yield a bench whose processes and files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sigproxy-bench-") as directory:
        bench = Bench(Path(directory))
        try:
            yield bench
        finally:
            bench.close()


def probe(proxy: Running, wanted: Probe, ca: Path) -> None:
    """Send one request; raise Failed unless the answer is the one that the scenario is about."""
    context = ssl.create_default_context(cafile=ca)
    connection = http.client.HTTPSConnection(PROXY_NAME, timeout=PROBE_S)
    with socket.create_connection(proxy.address, PROBE_S) as raw:
        connection.sock = context.wrap_socket(raw, server_hostname=PROXY_NAME)
        fields = {"Origin": ORIGIN}
        if wanted.method == "OPTIONS":
            fields["Access-Control-Request-Method"] = "POST"
        body = b"x" * wanted.body or None
        connection.request(wanted.method, wanted.target, body, fields)
        answer = connection.getresponse()
        size = len(answer.read())
        connection.close()
    if answer.status != wanted.status or wanted.size not in (None, size):
        raise Failed(f"answers {answer.status} with {size} bytes")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
