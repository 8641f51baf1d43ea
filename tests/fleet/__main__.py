"""Run a fleet of three gateways behind two balancers, and take things away from it.

python -m tests.fleet             some five minutes, with 600 WebSockets, as root
python -m tests.fleet --write     the same, and renew the figures in docs/fleet.md

The last part measures CPU time: nothing else should run meanwhile.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from docs_tools import marks
from tests import isolation
from tests.fleet import growth, limits, report, story, verdict
from tests.fleet import site as sites
from tests.fleet.story import Pace
from tests.service.process import ROOT

PAGE = ROOT / "docs" / "fleet.md"
MARK = "fleet"
MOST_LISTED = 20
LONG = Pace(600, 120.0, requests_per_s=20.0, flows=12, rest_s=10.0, loses_power=True)
TABLES = {"limits": {"request_rate": f"{limits.RATE}/minute"}}
STORY_TABLES = {"server": {"drain_s": 20.0}}


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--write", action="store_true", help="renew docs/fleet.md")
    parser.add_argument("--without-growth", action="store_true", help="leave out the benchmark")
    return parser.parse_args(given)


async def ran(directory: Path, with_growth: bool) -> tuple[str, list[str]]:
    """Return what was seen, as Markdown, and what must not be."""
    async with sites.running(_folder(directory, "story"), tables=STORY_TABLES) as site:
        seen = await story.told(site, LONG)
    wrongs = [*verdict.wrongs(seen), *verdict.slow(seen)]
    story.say(report.story(seen))
    for line in wrongs[:MOST_LISTED]:
        story.say(line)
    parts = [report.versions(), report.story(seen), report.memory(seen)]
    async with sites.running(_folder(directory, "limits"), tables=TABLES) as site:
        story.say("limits")
        found = await limits.tried(site)
    wrongs += limits.wrongs(found)
    parts.append(report.limits(found))
    if with_growth:
        async with sites.running(_folder(directory, "growth")) as site:
            story.say("one gateway, two, three")
            costs = await growth.measured(site)
        wrongs += growth.too_much(costs)
        parts.append(report.growth(costs))
    return "\n\n".join(parts), wrongs


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
        text, wrongs = asyncio.run(ran(directory, not chosen.without_growth))
    print(text)
    for line in wrongs[:MOST_LISTED]:
        print(line, file=sys.stderr)
    if chosen.write and not wrongs:
        PAGE.write_text(marks.write(PAGE.read_text(), MARK, text))
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
