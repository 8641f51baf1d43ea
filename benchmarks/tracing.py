"""What tracing costs: CPU of a small exchange without network, with and without ``[tracing]``.

    python -m benchmarks.tracing [--sample 0.01] [--rounds 400]

Gateways in one process take turns of TURN exchanges: what disturbs the machine disturbs all alike.
The loop's time is the median of the rounds, held against that of the same round without tracing;
another gateway without it shows the error. What OpenTelemetry's threads use is added. The collector
is another process, which takes everything. Needs the extra ``otel``.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from benchmarks.without_network import KINDS, ROOT, driven

ROUNDS = 400  # with exports every 5 s, OpenTelemetry's default
TURN = 300
SAMPLE = 0.01  # the default
TRACING = """
[tracing]
endpoint = "{url}"
sample = {sample}
propagate = {propagate}
"""


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def collector() -> Iterator[str]:
    """Run a collector in another process, and yield its URL."""
    command = [sys.executable, "-m", "benchmarks.tracing", "--collect"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def collect() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the benchmark is over
    print(server.server_port, flush=True)
    server.serve_forever()


async def measured(kind: str, tables: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Return the CPU time of the loop for one exchange, in us, of each way and round."""
    found: dict[str, list[float]] = {way: [] for way in tables}
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        exchanges = {}
        for number, (way, text) in enumerate(tables.items()):
            made = driven(kind, str(Path(directory, f"{number}.log")), text)
            exchanges[way] = await stack.enter_async_context(made)
        for number in range(rounds + 1):
            for way in list(tables)[:: -1 if number % 2 else 1]:
                began = time.thread_time()
                for _ in range(TURN):
                    await exchanges[way]()
                if number:  # the first round warms up
                    found[way].append(1e6 * (time.thread_time() - began) / TURN)
        found["threads"] = [1e6 * exporting_s() / (2 * rounds * TURN)]
    return found


def exporting_s() -> float:
    """Return the CPU time of OpenTelemetry's threads so far."""
    clocks = (
        time.pthread_getcpuclockid(each.ident or 0)
        for each in threading.enumerate()
        if each.name.startswith("OtelBatch")
    )
    return sum(map(time.clock_gettime, clocks))


def figures(kind: str, url: str, sample: float, rounds: int) -> dict[str, list[float]]:
    from uvloop import run

    tables = {
        "without": "",
        "with [tracing]": TRACING.format(url=url, sample=sample, propagate="false"),
        "and propagate": TRACING.format(url=url, sample=sample, propagate="true"),
        "without, again": "",
    }
    return run(measured(kind, tables, rounds))


def table(found: dict[str, dict[str, list[float]]]) -> Iterator[str]:
    yield f"| CPU of one exchange | {' | '.join(found)} |"
    yield "|---|" + "--:|" * len(found)
    ways = [way for way in next(iter(found.values())) if way != "threads"]
    for way in ways:
        cells = []
        for times in found.values():
            base, own, [threads] = times["without"], times[way], times["threads"]
            extra = 0.0 if way.startswith("without") else threads
            share = median((each + extra) / before for each, before in zip(own, base, strict=True))
            cells.append(f"{median(own) + extra:.1f} us ({share:.3f})")
        yield f"| {way} | {' | '.join(cells)} |"
    cells = [f"{times['threads'][0]:.2f} us" for times in found.values()]
    yield f"| of it in OpenTelemetry's threads | {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tracing")
    parser.add_argument("--sample", type=float, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--collect", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.collect:
        collect()
    with collector() as url:
        found = {kind: figures(kind, url, chosen.sample, chosen.rounds) for kind in KINDS}
    print(f"sampled: {chosen.sample:g}; {chosen.rounds} rounds of {TURN} exchanges\n")
    print("\n".join(table(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
