"""What was seen of an attack, held against its bar, and the table of it all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MARKS = ("<!-- attacks -->", "<!-- /attacks -->")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row; without a *bar* it is told and not judged."""

    what: str
    seen: str
    bar: str = ""
    is_met: bool = True

    def row(self) -> str:
        seen = self.seen if self.is_met else f"**{self.seen}: missed**"
        return f"| {self.what} | {seen} | {self.bar} |"


def at_most(what: str, seen: float, most: float, unit: str) -> Figure:
    digits = 0 if most >= 10 else 2
    return Figure(what, f"{seen:,.{digits}f} {unit}", f"at most {most:g} {unit}", seen <= most)


def none_of(what: str, seen: int, total: int) -> Figure:
    return Figure(what, f"{seen:,} of {total:,}", "0", seen == 0 and total > 0)


def all_of(what: str, seen: int, total: int) -> Figure:
    return Figure(what, f"{seen:,} of {total:,}", "all", seen == total > 0)


def missed(figures: Iterable[Figure]) -> list[Figure]:
    return [figure for figure in figures if not figure.is_met]


def document(figures: Iterable[Figure], facts: Iterable[str]) -> str:
    return "\n".join(_lines(list(figures), facts))


def _lines(figures: list[Figure], facts: Iterable[str]) -> Iterator[str]:
    yield f"{', '.join(facts)}."
    yield ""
    yield "| attack | seen | bar |"
    yield "|---|--:|--:|"
    for figure in figures:
        yield figure.row()
    if found := missed(figures):
        yield ""
        yield f"**Missed**: {len(found)} of {sum(bool(figure.bar) for figure in figures)}."
