"""Run a fleet of three gateways behind two balancers, and take things away from it.

python -m tests.fleet             some seven minutes, with 600 WebSockets, as root
python -m tests.fleet --write     the same, and renew the figures in docs/fleet.md
python -m tests.fleet --only growth

"growth" measures CPU time, and "fleet" how soon clients are back: nothing else should run then.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docs_tools import marks
from tests import isolation
from tests.fleet import growth, limits, report, story, verdict
from tests.fleet import site as sites
from tests.fleet.story import Pace
from tests.service.process import ROOT

PAGE = ROOT / "docs" / "fleet.md"
MOST_LISTED = 20
LONG = Pace(600, 120.0, requests_per_s=20.0, flows=12, rest_s=10.0, loses_power=True)
TABLES = {"limits": {"request_rate": f"{limits.RATE}/minute"}}
STORY_TABLES = {"server": {"drain_s": 20.0}}


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--write", action="store_true", help="renew docs/fleet.md")
    parts = tuple(PARTS)
    parser.add_argument(
        "--only", choices=parts, nargs="+", default=parts, help="leave out the other"
    )
    return parser.parse_args(given)


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen, as Markdown; what must not be; and what took more time than it may."""

    text: str
    wrongs: list[str]
    slow: list[str]


async def _story(directory: Path) -> Found:
    """Take things away from a fleet, and try its limits."""
    async with sites.running(_folder(directory, "story"), tables=STORY_TABLES) as site:
        seen = await story.told(site, LONG)
    async with sites.running(_folder(directory, "limits"), tables=TABLES) as site:
        story.say("limits")
        tried = await limits.tried(site)
    parts = (report.versions(), report.story(seen), report.memory(seen), report.limits(tried))
    wrongs = [*verdict.wrongs(seen), *limits.wrongs(tried)]
    return Found("\n\n".join(parts), wrongs, verdict.slow(seen))


async def _growth(directory: Path) -> Found:
    with growth.apart():
        async with sites.running(_folder(directory, "growth")) as site:
            story.say("one gateway, two, three")
            costs = await growth.measured(site)
    text = f"{report.versions()}\n\n{report.growth(costs)}"
    return Found(text, [], growth.too_much(costs))


# By the mark in docs/fleet.md that its figures have.
PARTS = {"fleet": _story, "growth": _growth}


def _folder(directory: Path, name: str) -> Path:
    folder = directory / name
    folder.mkdir()
    return folder


def main(given: Sequence[str] | None = None) -> int:
    chosen = arguments(given)
    with tempfile.TemporaryDirectory(prefix="sigproxy-fleet-") as name:
        directory = Path(name)
        isolation.enter(directory)
        if reason := sites.obstacle():
            print(reason, file=sys.stderr)
            return 2
        found = {part: asyncio.run(PARTS[part](directory)) for part in chosen.only}
    print(*(each.text for each in found.values()), sep="\n\n")
    bad = [line for each in found.values() for line in (*each.wrongs, *each.slow)]
    for line in bad[:MOST_LISTED]:
        print(line, file=sys.stderr)
    if chosen.write:
        page = PAGE.read_text()
        for part, each in found.items():
            if not each.wrongs:  # a figure that is worse than it may be is still one
                page = marks.write(page, part, each.text)
        PAGE.write_text(page)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
