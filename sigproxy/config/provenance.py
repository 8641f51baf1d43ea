"""Every setting with its effective value, and where that comes from; secrets are masked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from sigproxy.config.line_numbers import line_numbers
from sigproxy.config.masking import (
    MASK,
    SECRET_SETTINGS,
    Redaction,
    masked,
    shown_path,
    shown_secret_path,
)
from sigproxy.config.model import Settings, known_keys
from sigproxy.config.problem import Loc, toml_path
from sigproxy.config.text import decoded, read_whole

Kind = Literal["default", "file", "environment"]


@dataclass(frozen=True, slots=True)
class Source:
    """*name*: the file's or the variable's; *line*: in the file, 0 if that is not known.

    *setter*: what sets the variable for the service, if it is not this process's own.
    """

    kind: Kind
    name: str = ""
    line: int = 0
    setter: str = ""

    def __str__(self) -> str:
        if self.kind == "default":
            return "default"
        place = f"{self.name}:{self.line}" if self.line else self.name
        return f"{place}, by {self.setter}" if self.setter else place


@dataclass(frozen=True, slots=True)
class Row:
    """*value*: as JSON has it; None if the setting is not set and has no default."""

    loc: Loc
    value: Any
    source: Source

    @property
    def name(self) -> str:
        return toml_path(self.loc)


DEFAULT = Source("default")


def rows(
    settings: Settings, path: Path | None, setters: Mapping[str, str] | None = None
) -> Iterator[Row]:
    """Yield each setting of each table that there is, in the order of `conf/sigproxy.toml`.

    *settings*: as ``load`` has returned them for *path*; *setters*: by variable.
    """
    found = _Found(settings, _lines(path), setters or {})
    for table in known_keys():
        content = getattr(settings, table)
        if content is None:  # an optional table that is not there
            continue
        if isinstance(content, BaseModel):
            yield from found.of_table((table,), content)
        else:
            for index, each in enumerate(content):
                yield from found.of_table((table, index), each)


@dataclass(frozen=True, slots=True)
class _Found:
    settings: Settings
    lines: Mapping[Loc, int]
    setters: Mapping[str, str]

    def of_table(self, loc: Loc, content: BaseModel) -> Iterator[Row]:
        values = content.model_dump(mode="json")
        for key in type(content).model_fields:
            value = shown(key, getattr(content, key), values[key], self.settings._sources.redact)
            yield Row((*loc, key), value, self._source(loc, content, key))

    def _source(self, loc: Loc, content: BaseModel, key: str) -> Source:
        if not self._is_set(loc, content, key):
            return DEFAULT
        sources = self.settings._sources
        for place in ((*loc, key), loc, loc[:1]):
            if (variable := sources.variables.get(place)) is not None:
                return Source("environment", variable, setter=self.setters.get(variable, ""))
        if key == "keys" and (*loc, key) not in self.lines:
            key = "keys_file"
        return Source("file", sources.file, self.lines.get((*loc, key), 0))

    def _is_set(self, loc: Loc, content: BaseModel, key: str) -> bool:
        if key == "keys":  # those of keys_file are among them
            return bool(getattr(content, key))
        return loc[0] in self.settings.model_fields_set and key in content.model_fields_set


def shown(key: str, value: Any, plain: Any, redact: Redaction) -> Any:
    """Return *plain*, the JSON of *value*, without what is secret in it."""
    if value is None:
        return None
    if key == "keys":
        return [MASK for _ in value]
    if key in SECRET_SETTINGS:
        if isinstance(value, Path):
            return shown_path(value) if key == "keys_file" else shown_secret_path(value)
        return masked(value)
    return _redacted(plain, redact)


def _redacted(plain: Any, redact: Redaction) -> Any:
    if isinstance(plain, str):
        return redact(plain)
    if isinstance(plain, list):
        return [_redacted(each, redact) for each in plain]
    if isinstance(plain, dict):
        return {key: _redacted(each, redact) for key, each in plain.items()}
    return plain


def _lines(path: Path | None) -> dict[Loc, int]:
    """Return the lines of the file's settings; none of a pipe, which was read already."""
    if path is None or not path.is_file():
        return {}
    return line_numbers(decoded(read_whole(path)))
