"""Soak sigproxy: load and faults for minutes, then compare accounts.

python -m soak                             10 minutes with 2,000 WebSockets
python -m soak --minutes 1 --websockets 50 a small one
python -m soak --write                     renew docs/reliability.md
"""

import argparse
import asyncio
import platform
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.places import raise_descriptor_limit
from sigproxy import __version__
from soak import conductor, report, verdict
from soak.child import Ended
from soak.outcome import Outcome
from soak.plan import Plan
from tests.service.process import ROOT

PAGE = ROOT / "docs" / "reliability.md"
SPARE_DESCRIPTORS = 500
MOST_LISTED = 20
TOO_BUSY = 0.9


def positive(text: str) -> float:
    """Read a number of an option; argparse says which option has one that is none."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    plan = Plan()
    numbers = {
        "--minutes": (plan.seconds / 60, ""),
        "--websockets": (plan.websockets, ""),
        "--rate": (None, "messages per second, over all; default: WebSockets / 5"),
        "--requests": (plan.requests_per_s, "per second"),
        "--kill-every": (plan.kill_every_s, "seconds"),
        "--reload-every": (plan.reload_every_s, "seconds"),
        "--reset-every": (plan.reset_every_s, "seconds"),
    }
    for option, (default, text) in numbers.items():
        parser.add_argument(option, type=positive, default=default, help=text, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="for logs and configuration")
    parser.add_argument("--write", action="store_true", help="renew docs/reliability.md")
    return parser.parse_args(given)


def planned(chosen: argparse.Namespace) -> Plan:
    return Plan(
        seconds=chosen.minutes * 60,
        websockets=round(chosen.websockets),
        messages_per_s=chosen.rate or chosen.websockets / 5,
        requests_per_s=chosen.requests,
        kill_every_s=chosen.kill_every,
        reload_every_s=chosen.reload_every,
        reset_every_s=chosen.reset_every,
    )


def obstacle(plan: Plan) -> str | None:
    """Return why this cannot run here, and how to mend it; None if it can."""
    if sys.platform != "linux":
        return "the soak needs Linux: it reads /proc"
    needed = 2 * plan.websockets + SPARE_DESCRIPTORS  # one worker may come to have all of them
    if (limit := raise_descriptor_limit()) < needed:
        return (
            f"{plan.websockets} WebSockets need {needed} descriptors, not {limit}: raise ulimit -n"
        )
    return None


def unmarked() -> str | None:
    """Return why the table cannot be written; better known before the soak than after it."""
    try:
        report.between_marks(page(), "")
    except ValueError as error:
        return f"{PAGE.name}: {error}; put them where the table is to be"
    return None


def page() -> str:
    return PAGE.read_text() if PAGE.exists() else report.PAGE


def facts() -> dict[str, str]:
    return {
        "version": f"sigproxy {__version__}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{machine()}; {datetime.now(UTC).date()}",
    }


async def soaked(plan: Plan, keep: Path | None) -> Outcome:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await conductor.soaked(plan, keep)


def main() -> int:
    chosen = arguments()
    plan = planned(chosen)
    if reason := obstacle(plan) or (unmarked() if chosen.write else None):
        print(reason, file=sys.stderr)
        return 2
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    try:
        outcome = asyncio.run(soaked(plan, chosen.keep))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped", file=sys.stderr)
        return 130
    except (Ended, AssertionError) as error:  # the latter: what a service said that does not start
        print(f"the soak could not go on: {error}", file=sys.stderr)
        return 2
    table = report.document(outcome, facts())
    print(table)
    if chosen.write:
        PAGE.write_text(report.between_marks(page(), table))
    wrongs = verdict.wrongs(outcome)
    for line in wrongs[:MOST_LISTED]:
        print(line, file=sys.stderr)
    if len(wrongs) > MOST_LISTED:
        print(f"... and {len(wrongs) - MOST_LISTED} more", file=sys.stderr)
    if wrongs and outcome.busy > TOO_BUSY:
        print(
            f"The machine was busy for {outcome.busy:.0%} of the time, so all of them had to wait "
            "for one another: try again when it does nothing else, or with fewer --websockets.",
            file=sys.stderr,
        )
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
