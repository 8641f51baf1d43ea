"""Measure sigproxy beside other proxies.

python -m benchmarks                  all of it
python -m benchmarks --quick --guard  under a minute; 1 if dearer than docs/performance.json says
python -m benchmarks --write          renew docs/performance.md and .json
python -m benchmarks --quick --write  add this machine's run to those that the guard compares with
"""

import argparse
import json
import re
import signal
import sys
from typing import Any

from benchmarks import bench, guard, machine, places, report
from benchmarks.bench import Outcome, Plan
from benchmarks.load import drive
from benchmarks.processes import ROOT
from benchmarks.proxies import BEFORE, PROXIES, SIGPROXY, TUNED
from benchmarks.scenarios import SCENARIOS

PAGE = ROOT / "docs" / "performance.md"
RECORD = ROOT / "docs" / "performance.json"
QUICK = "quick"  # in the record: what quick runs have found, a run of each day or machine

FIGURES = re.compile(r"\[[\d\s.,e+-]+\]")

ROUNDS, SECONDS = 3, 1.0
QUICK_ROUNDS, QUICK_SECONDS, QUICK_WARM_UP_S = 3, 0.6, 0.3
ALL_PROXIES = tuple(name for name in PROXIES if name != BEFORE)
QUICK_PROXIES = (SIGPROXY, TUNED)  # what the guard compares


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="few scenarios, short rounds")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="SCENARIO")
    parser.add_argument("--proxies", nargs="+", choices=PROXIES, metavar="PROXY")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each round")
    parser.add_argument("--write", action="store_true", help="renew the tables and the record")
    parser.add_argument("--guard", action="store_true", help="compare with the record")
    parser.epilog = f"scenarios: {' '.join(SCENARIOS)}; proxies: {' '.join(PROXIES)}"
    chosen = parser.parse_args()
    if chosen.write and (chosen.only or chosen.proxies):
        parser.error("--write records a whole run: leave out --only and --proxies")
    return chosen


def plan(chosen: argparse.Namespace) -> Plan:
    scenarios = [
        scenario
        for name, scenario in SCENARIOS.items()
        if (name in chosen.only if chosen.only else scenario.is_quick or not chosen.quick)
    ]
    wanted = chosen.proxies or (QUICK_PROXIES if chosen.quick else ALL_PROXIES)
    names = []
    for name in wanted:
        if reason := PROXIES[name].missing():
            print(f"{PROXIES[name].title} is left out: {reason}", file=sys.stderr)
        else:
            names.append(name)
    rounds = chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS)
    seconds = chosen.seconds or (QUICK_SECONDS if chosen.quick else SECONDS)
    warm_up_s = QUICK_WARM_UP_S if chosen.quick else bench.WARM_UP_S
    return Plan(scenarios, names, rounds, seconds, warm_up_s)


def obstacle() -> str | None:
    """Return why nothing can be measured here; None if it can."""
    if sys.platform != "linux":
        return "the benchmark needs Linux: /proc, and all of 127.0.0.0/8 on loopback"
    # NGINX is the upstream as well.
    return drive.missing() or PROXIES[TUNED].missing()


def unmarked() -> str | None:
    """Return why the page has no place for its table; better known before than after measuring."""
    try:
        report.between_marks(PAGE.read_text(), "")
    except (OSError, ValueError) as error:
        return f"{PAGE.name}: {error}"
    return None


def write(outcome: Outcome, facts: dict[str, str]) -> None:
    table = report.document(outcome.results, outcome.gaps, facts)
    PAGE.write_text(report.between_marks(PAGE.read_text(), table))
    write_record({"facts": facts, "gaps": outcome.gaps, "results": outcome.results})


def write_quick(outcome: Outcome, facts: dict[str, str]) -> None:
    run = {key: facts[key] for key in ("date", "machine")} | {
        "ratios": guard.ratios(outcome.results)
    }
    write_record({QUICK: [*record().get(QUICK, []), run]})


def write_record(renewed: dict[str, Any]) -> None:
    text = json.dumps({**record(), **renewed}, indent=1, ensure_ascii=False)
    RECORD.write_text(compact(text) + "\n")


def compact(text: str) -> str:
    """Put each list of figures on one line, so that a difference is one line as well."""
    return FIGURES.sub(lambda found: " ".join(found[0].split()), text)


def record() -> dict[str, Any]:
    return dict(json.loads(RECORD.read_text())) if RECORD.exists() else {}


def main() -> int:
    chosen = arguments()
    if reason := obstacle() or (unmarked() if chosen.write else None):
        print(reason, file=sys.stderr)
        return 2
    places.raise_descriptor_limit()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        planned = plan(chosen)
        with bench.prepared() as prepared:
            outcome = prepared.run(planned)
            if chosen.write and not chosen.quick:
                quick = prepared.run(plan(argparse.Namespace(**{**vars(chosen), "quick": True})))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except RuntimeError as error:  # the upstream does not start
        print(error, file=sys.stderr)
        return 2
    facts = machine.facts(list(planned.proxies))
    print(report.document(outcome.results, outcome.gaps, facts))
    if chosen.write and chosen.quick:
        write_quick(outcome, facts)
    elif chosen.write:
        write(outcome, facts)
        write_quick(quick, facts)
    if chosen.guard:
        is_well, lines = guard.report(
            guard.verdicts(
                [each.name for each in planned.scenarios],
                guard.ratios(outcome.results),
                [run["ratios"] for run in record().get(QUICK, [])],
            )
        )
        print("\n".join(["", *lines]))
        return 0 if is_well else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
