"""Attack `sigproxy serve` of this checkout on loopback, and hold each figure against its bar.

python -m tests.attacks.table            some seven minutes; exit code 1 if a bar is missed
python -m tests.attacks.table memory     one part of it
python -m tests.attacks.table --write    all of it; renew docs/reliability.md
"""

import argparse
import asyncio
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

from soak.__main__ import PAGE, facts
from soak.report import between_marks
from soak.samples import Cores
from tests.attacks import answers, bursts, key_updates, memory, segments
from tests.attacks.figures import MARKS, Figure, document, missed
from tests.lab.pki import Pki

try:
    from uvloop import run
except ImportError:
    from asyncio import run

Part = Callable[[Pki], AsyncIterator[Figure]]

PARTS: Mapping[str, Part] = {
    "bursts": bursts.figures,
    "memory": memory.figures,
    "answers": answers.figures,
    "segments": segments.figures,
}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks.table", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("part", nargs="?", choices=PARTS, help="default: all of them")
    parser.add_argument("--write", action="store_true", help="renew docs/reliability.md")
    chosen = parser.parse_args(given)
    if chosen.write and chosen.part:
        parser.error("--write needs all parts: leave out which one")
    return chosen


def obstacle() -> str | None:
    """Return why this cannot run here, and how to mend it; None if it can."""
    if sys.platform != "linux":
        return "the attacks need Linux: they read /proc"
    try:
        between_marks(PAGE.read_text(), "", MARKS)
    except ValueError as error:
        return f"{PAGE.name}: {error}; put them where the table is to be"
    return key_updates.obstacle()


async def measured(parts: Sequence[Part]) -> list[Figure]:
    """Play *parts*; print each figure as soon as it is there."""
    found = []
    with tempfile.TemporaryDirectory(prefix="sigproxy-attacks-") as directory:
        pki = Pki(Path(directory))
        for part in parts:
            async for figure in part(pki):
                print(figure.row(), flush=True)
                found.append(figure)
    return found


def main() -> int:
    chosen = arguments()
    if reason := obstacle():
        print(reason, file=sys.stderr)
        return 2
    cores = Cores.now()
    try:
        found = run(measured([PARTS[chosen.part]] if chosen.part else list(PARTS.values())))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped", file=sys.stderr)
        return 130
    busy = f"cores busy for {Cores.now().busy_since(cores):.0%} of the time"
    if chosen.write:
        text = document(found, [*facts().values(), ssl.OPENSSL_VERSION, busy])
        PAGE.write_text(between_marks(PAGE.read_text(), text, MARKS))
    for figure in missed(found):
        print(f"missed: {figure.what}: {figure.seen}, {figure.bar}", file=sys.stderr)
    return 1 if missed(found) else 0


if __name__ == "__main__":
    sys.exit(main())
