"""What is wrong with a configuration, where, and how to correct it."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sigproxy.config.masking import MASK, Redaction

if TYPE_CHECKING:
    from sigproxy.config.model import Settings

Loc = tuple[int | str, ...]  # ("server", "bind") or ("route", 1, "targets")

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, on one line: ``acs.toml: server.workers: 0 is too small; use 1 or more``."""

    source: str  # the file's path, "environment", or "defaults"
    key: str  # ``route[1].targets``; in the environment the variable's name
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.source}: {self.key}: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction between the settings at *locs*; reported at the first that is set.

    *basis*: other settings on which it depends. If one of those is wrong, this may be nothing but
    a consequence.
    """

    locs: tuple[Loc, ...]
    what: str
    remedy: str
    basis: tuple[Loc, ...] = ()


class ConfigError(Exception):
    """The configuration has these problems; nothing was started.

    *rest* is the settings with defaults for the wrong ones, so that the others can be checked
    too; None if the file could not be read. *doubtful*: the settings that may be other than
    intended. What seems wrong with one of those is a consequence.
    """

    def __init__(
        self,
        problems: Iterable[Problem],
        rest: "Settings | None" = None,
        doubtful: Collection[Loc] = (),
    ) -> None:
        self.problems = tuple(problems)
        self.rest = rest
        self.doubtful = frozenset(doubtful)
        super().__init__("\n".join(map(str, self.problems)))


class Invalid(ValueError):
    """A value that a setting cannot have, and what to write instead."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Sources:
    """The file, and the variables that override it, from which the settings come.

    All Sources compare equal, so that settings with the same values are equal.
    """

    file: str = field(default="defaults", compare=False)
    variables: Mapping[Loc, str] = field(default_factory=dict, compare=False)
    redact: Redaction = field(default=Redaction(()), compare=False)

    def problem(self, loc: Loc, what: str, remedy: str) -> Problem:
        """Return the problem at *loc*, with the operator's name for it, and secrets masked."""
        what, remedy = self.redact(what), self.redact(remedy)
        for length in range(len(loc), 0, -1):
            variable = self.variables.get(loc[:length])
            if variable is not None:
                inner = toml_path(loc[length:])
                where = f"{inner}: " if inner else ""
                return Problem("environment", variable, f"{where}{what}", remedy)
        return Problem(self.file, toml_path(loc), what, remedy)


def toml_path(loc: Loc) -> str:
    """Return *loc* as ``route[1].targets``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{bare(step)}" for step in loc)
    return "".join(steps).removeprefix(".")


def hidden_name(loc: Loc) -> Loc:
    """Return *loc* without its last step, the name of an unknown setting that may be a secret."""
    return (*loc[:-1], MASK)


def bare(key: str) -> str:
    """Return *key* as in TOML: quoted if it has characters that a bare key may not have."""
    return key if key == MASK or _BARE_KEY.match(key) else json.dumps(key)


def are_related(some: Iterable[Loc], others: Collection[Loc]) -> bool:
    """Return whether one of *some* is one of *others*, contains it, or is contained in it."""
    return any(
        all(step == match for step, match in zip(one, other, strict=False))
        for one in some
        for other in others
    )


def key_level(loc: Loc) -> Loc:
    """Return *loc* without the index in a list: the message quotes the element itself."""
    return loc[:3] if loc[:1] == ("route",) else loc[:2]
