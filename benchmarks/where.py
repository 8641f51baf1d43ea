"""Where the CPU time of an exchange without network goes, by part of the gateway.

    python -m benchmarks.where

A signal each millisecond of CPU time looks which function runs. What it calls of Python's library
and of C counts as its own.
"""

import asyncio
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from benchmarks.without_network import KINDS, ROOT, seconds

EVERY_S = 0.001
TIMES = 5
PACKAGE = ROOT / "sigproxy"
# The longest prefix that fits; what fits none is the benchmark, and the loop itself.
PARTS = {
    "gateway/reader.py": "parsing heads (llhttp), finding where messages end",
    "gateway/downstream/request_grammar.py": "parsing heads (llhttp), finding where messages end",
    "gateway/upstream/response_": "parsing heads (llhttp), finding where messages end",
    "semantics/boundaries.py": "parsing heads (llhttp), finding where messages end",
    "semantics/fields.py": "field lines: index, select, write",
    "semantics": "what the RFCs say: targets, framing, upgrades, forwarding",
    "decision.py": "deciding: route, target, origin, keys, cookies",
    "routing.py": "deciding: route, target, origin, keys, cookies",
    "dialects": "deciding: route, target, origin, keys, cookies",
    "policies": "deciding: route, target, origin, keys, cookies",
    "own_pages.py": "deciding: route, target, origin, keys, cookies",
    "telemetry": "log line and metrics",
    "gateway/downstream": "the client's connection: protocol, writing the response",
    "gateway/upstream": "the upstream's connection: protocol, pool, addresses",
    "gateway": "carrying it out: handler, forward, round trip, deadlines",
}
SET_UP = frozenset({"assembly.py", "config/load.py", "gateway/upstream/tls.py"})
REST = "asyncio, uvloop and the benchmark"


def part_of(files: Sequence[str]) -> str:
    """Return the part to which the innermost of the package's *files* belongs."""
    if not files:
        return REST
    fitting = [each for each in PARTS if files[0].startswith(each)]
    return PARTS[max(fitting, key=len)] if fitting else REST


def files_at_work(frame: FrameType | None) -> list[str]:
    """Return the package's files on the stack, the innermost first."""
    found = []
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(PACKAGE):
            found.append(file.relative_to(PACKAGE).as_posix())
        frame = frame.f_back
    return found


def sampled(kind: str) -> Counter[str]:
    """Run exchanges of *kind*; return how often each part was seen at work."""
    seen: list[list[str]] = []
    signal.signal(signal.SIGPROF, lambda _, frame: seen.append(files_at_work(frame)))
    with tempfile.TemporaryDirectory() as directory:
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        try:
            asyncio.run(seconds(kind, str(Path(directory) / "access.log")))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return Counter(part_of(files) for files in seen if not SET_UP.intersection(files))


def table(shares: dict[str, Counter[str]]) -> Iterator[str]:
    yield f"| share of the CPU time | {' | '.join(shares)} |"
    yield "|---|" + "--:|" * len(shares)
    for part in dict.fromkeys([*PARTS.values(), REST]):
        cells = (f"{100 * each[part] / each.total():.0f} %" for each in shares.values())
        yield f"| {part} | {' | '.join(cells)} |"


def main() -> int:
    shares = {kind: sum((sampled(kind) for _ in range(TIMES)), Counter()) for kind in KINDS}
    print("\n".join(table(shares)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
