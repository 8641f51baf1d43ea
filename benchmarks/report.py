"""Tables of what was measured."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks import figures
from benchmarks.figures import Results, Spread, ratio, spread
from benchmarks.goals import GOALS, Goal
from benchmarks.proxies import PROXIES, SHARED, SIGPROXY
from benchmarks.scenarios import SCENARIOS

NONE = "–"
MARKS = ("<!-- bench -->", "<!-- /bench -->")
TITLES = {
    figures.RATE: "rate",
    figures.CPU_US: "CPU time per unit",
    figures.P50_MS: "p50",
    figures.P99_MS: "p99",
    figures.KIB: "memory per WebSocket",
    figures.UP_S: "seconds until all are open",
    figures.REFUSED: "refused",
    figures.GET_P99_MS: "p99 of another client's GET, in ms",
    figures.GROWTH: "memory after / before",
    figures.ROUND_TRIPS: "p50 in round trips",
}
# How a metric's own figures are shown.
ABSOLUTE = {
    figures.RATE: "{:,.0f}/s",
    figures.CPU_US: "{:,.0f} µs",
    figures.P50_MS: "{:.1f} ms",
    figures.P99_MS: "{:.1f} ms",
    figures.KIB: "{:.1f} KiB",
    figures.UP_S: "{:.1f} s",
    figures.REFUSED: "{:.0f}",
    figures.GET_P99_MS: "{:.0f} ms",
}
# Those whose ratios are shown too.
COMPARED = (figures.RATE, figures.CPU_US, figures.P50_MS, figures.P99_MS, figures.KIB)
SATURATED = 0.85
HELD_BACK = "†"


def document(results: Results, gaps: Iterable[str], facts: Mapping[str, str]) -> str:
    """Return all tables in Markdown."""
    lines = [versions(facts), *goals(results)]
    for metric in COMPARED:
        lines += _ratios(results, metric)
    lines += [*_figures(results), *_notes(results)]
    missing = list(gaps)
    if missing:
        lines += ["", "Not measured:", "", *(f"- {gap}" for gap in missing)]
    return "\n".join(lines)


def between_marks(page: str, text: str) -> str:
    """Return *page* with *text* between its two marks."""
    before, mark, rest = page.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not mark or not end:
        raise ValueError(f"no {MARKS[0]} and {MARKS[1]}")
    return f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}"


def versions(facts: Mapping[str, str]) -> str:
    names = [facts[name] for name in PROXIES if name in facts]
    parts = dict.fromkeys([*names, facts["python"], facts["openssl"], facts["load"]])
    return f"{', '.join(parts)}; {facts['machine']}; {facts['date']}."


def goals(results: Results) -> Iterator[str]:
    yield "\n| sigproxy, one worker | in the figure of | goal | measured | |"
    yield "|---|---|--:|--:|---|"
    for goal in GOALS:
        if found := goal.found(results):
            yield _goal(goal, found, HELD_BACK * _is_doubtful(results, goal))
        elif goal.scenario in results and _is_in(results, goal.reference or SIGPROXY):
            yield _goal(goal, None, "")


def _is_doubtful(results: Results, goal: Goal) -> bool:
    """True if one of two rates that are compared is the clients'."""
    sides = (SIGPROXY, goal.reference)
    return goal.metric == figures.RATE and any(
        _is_held_back(results, goal.scenario, name) for name in sides if name
    )


def _goal(goal: Goal, found: Spread | None, mark: str) -> str:
    sign = "≥" if goal.is_least else "≤"
    reference = PROXIES[goal.reference].title if goal.reference else ""
    title = f"{SCENARIOS[goal.scenario].title}: {TITLES[goal.metric]}"
    verdict = "met" if found and goal.is_met(found) else "**not met**"
    shown = f"{_of(found)}{mark}" if found else "not measured"
    return f"| {title} | {reference} | {sign} {goal.bound:g} | {shown} | {verdict} |"


def _of(found: Spread) -> str:
    if found.least == found.most:
        return f"{found.middle:.2f}"
    return f"{found.middle:.2f} ({found.least:.2f}–{found.most:.2f})"


def _ratios(results: Results, metric: str) -> Iterator[str]:
    """Yield the table of one metric: sigproxy's figure in each other's."""
    others = [name for name in PROXIES if name != SIGPROXY and _is_in(results, name)]
    rows = []
    for scenario in results:
        found = [ratio(results, scenario, metric, SIGPROXY, name) for name in others]
        if any(found):
            cells = [_of(each) if each else NONE for each in found]
            rows.append(f"| {SCENARIOS[scenario].title} | {' | '.join(cells)} |")
    if rows:
        better = "more" if metric == figures.RATE else "less"
        yield f"\n### sigproxy's {TITLES[metric]}, in the others' ({better} is better)\n"
        yield f"| | {' | '.join(PROXIES[name].title for name in others)} |"
        yield f"|---|{'--:|' * len(others)}"
        yield from rows


def _notes(results: Results) -> Iterator[str]:
    """Yield what two of the rows are, and what limits the figures."""
    if _is_in(results, SHARED):
        yield (
            f'\n{PROXIES[SIGPROXY].title}: as it comes, with `upstream.reuse = "client"`; each '
            "client's connection keeps upstream connections of its own, and opens them anew. "
            f'{PROXIES[SHARED].title}: the same with `reuse = "shared"`; all clients use what any '
            "of them has left open."
        )
    if any(_is_held_back(results, scenario, name) for scenario in results for name in PROXIES):
        yield (
            f"\n{HELD_BACK} The clients or the upstream were the limit: the proxy was idle for "
            f"more than {1 - SATURATED:.0%} of the time."
        )
    for scenario in results:
        opened = spread(results, scenario, figures.WEBSOCKETS, SIGPROXY)
        title = SCENARIOS[scenario].title
        if opened and not title.startswith(f"{opened.middle:,.0f} "):
            yield (
                f"\n{title}: {opened.middle:,.0f}, for want of descriptors (each WebSocket takes "
                "a proxy two)."
            )


def _is_held_back(results: Results, scenario: str, name: str) -> bool:
    busy = spread(results, scenario, figures.BUSY, name)
    if busy is None or spread(results, scenario, figures.RATE, name) is None:
        return False
    return busy.middle < SATURATED * SCENARIOS[scenario].workers


def _figures(results: Results) -> Iterator[str]:
    names = [name for name in PROXIES if _is_in(results, name)]
    rows = list(_rows(results, names))
    if rows:
        yield "\n### The figures themselves (medians)\n"
        yield f"| | | {' | '.join(PROXIES[name].title for name in names)} |"
        yield f"|---|---|{'--:|' * len(names)}"
        yield from rows


def _rows(results: Results, names: Sequence[str]) -> Iterator[str]:
    for scenario in results:
        for metric, form in ABSOLUTE.items():
            found = [spread(results, scenario, metric, name) for name in names]
            if any(found):
                cells = [form.format(each.middle) if each else NONE for each in found]
                if metric == figures.RATE:
                    cells = [
                        cell + HELD_BACK * _is_held_back(results, scenario, name)
                        for cell, name in zip(cells, names, strict=True)
                    ]
                title = f"{SCENARIOS[scenario].title} | {TITLES[metric]}"
                yield f"| {title} | {' | '.join(cells)} |"


def _is_in(results: Results, name: str) -> bool:
    return any(of_proxy.get(name) for of_proxy in results.values())
