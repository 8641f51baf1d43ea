"""What a check has found: a line for people, and the same as members of a JSON object."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from sigproxy.telemetry.printable import printable

Level = Literal["ok", "warn", "fail"]
LEVELS: tuple[Level, ...] = ("ok", "warn", "fail")

OK = "ok"  # the token of what is well
_LONGEST = 4000  # characters of a text: no server fills the screen


@dataclass(frozen=True, slots=True)
class Finding:
    """*token* is a name in ``tokens``; *remedy* says how to mend it, "" if there is no need.

    Servers have a say in all texts: whatever they send, a finding is one printable line.
    """

    level: Level
    name: str
    token: str
    what: str
    remedy: str = ""

    def __post_init__(self) -> None:
        for member in ("name", "token", "what", "remedy"):
            object.__setattr__(self, member, printable(getattr(self, member)[:_LONGEST]))

    def __str__(self) -> str:
        token = "" if self.token == OK else f"{self.token}: "
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.level:<4} {self.name}: {token}{self.what}{remedy}"


Tell = Callable[[Finding], None]
Maker = Callable[[str, str, str, str], Finding]  # ``warning`` or ``failure``


class OutputFault(Exception):
    """Findings cannot be told any more; *error* says why."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def well(name: str, what: str) -> Finding:
    return Finding("ok", name, OK, what)


def warning(name: str, token: str, what: str, remedy: str = "") -> Finding:
    return Finding("warn", name, token, what, remedy)


def failure(name: str, token: str, what: str, remedy: str = "") -> Finding:
    return Finding("fail", name, token, what, remedy)


def worst(findings: Iterable[Finding]) -> Level:
    return max((each.level for each in findings), key=LEVELS.index, default="ok")


def seconds(took_s: float) -> str:
    """Return a time as people read it: ``"3 ms"`` or ``"1.2 s"``."""
    return f"{took_s:.1f} s" if took_s >= 1 else f"{took_s * 1000:.0f} ms"
