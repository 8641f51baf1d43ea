"""The page of settings, from ``conf/sigproxy.toml``: its comments, keys and defaults."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sigproxy.config import NetworkTestSettings, TurnSettings

INTRODUCTION = """\
# Settings

Made from `conf/sigproxy.toml`, which holds every setting at its default. Copy it to
`/etc/sigproxy/sigproxy.toml`, change what you need, and have it checked:

    sigproxy check --config /etc/sigproxy/sigproxy.toml

Units are in the names: `_s` are seconds, `_kib` 1024 bytes, `_mib` 1024 KiB.

The environment takes precedence over the file: `SIGPROXY_SERVER__WORKERS=4` sets `workers` in
`[server]`. Lists are separated by commas, and `SIGPROXY_ROUTE` takes a JSON list of objects. An
empty variable counts as not set.
"""
# What is commented out as a whole: there the values are defaults, where there is one.
_OFF = {"turn": TurnSettings, "network_test": NetworkTestSettings}
_SECTION = re.compile(r"(?:# )?(\[+(\w+)\]+)\Z")
_KEY = re.compile(r"(?P<unset># )?(?P<name>[a-z_]+) = (?P<value>.+)\Z")
_ITEM = re.compile(r'"[\w*.]+": ')  # a line that explains one of several values
_NAME = re.compile(r"\b([a-z]+(?:_[a-z]+)+)\b")  # of a setting: two words or more
_MARKUP = re.compile(r"([*_<\[\]\\])")


class Key(NamedTuple):
    name: str
    value: str
    is_set: bool  # at its default; else commented out


class Block(NamedTuple):
    """Comment and keys without an empty line between them."""

    comment: list[str]
    header: str  # the whole line of a section that begins here, or ""
    keys: list[Key]


def page(path: Path) -> str:
    return "\n".join([INTRODUCTION, *_body(path.read_text())])


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a configuration in order."""
    for part in re.split(r"\n\n+", text.strip("\n")):
        comment: list[str] = []
        keys: list[Key] = []
        header = ""
        for line in part.splitlines():
            if section := _SECTION.match(line):
                if comment:  # it is about the section
                    yield Block(comment, section[1], [])
                    comment = []
                else:
                    header = section[1]
            elif found := _KEY.match(line):
                keys.append(Key(found["name"], found["value"], found["unset"] is None))
            else:
                comment.append(line.removeprefix("#").strip())
        yield Block(comment, header, keys)


def _body(text: str) -> Iterator[str]:
    _, *rest = blocks(text)  # the first is about the file
    section = ""
    for block in rest:
        if block.header:
            section = block.header.strip("[]")
            yield f"## `{block.header}`\n"
        if block.keys:
            yield f"### {', '.join(f'`{key.name}`' for key in block.keys)}\n"
            yield from _values(block.keys, section)
        if block.comment:
            yield from _prose(block.comment)


def _values(keys: list[Key], section: str) -> Iterator[str]:
    for key in keys:
        label = "default" if key.is_set or _is_default(section, key.name) else "not set; example"
        yield f"    {key.name} = {key.value}  # {label}"
    yield ""


def _is_default(section: str, name: str) -> bool:
    """Return whether a value of a section that is commented out is a default, and no example."""
    off = _OFF.get(section)
    return off is not None and off.model_fields[name].default not in (None, ())


def _prose(lines: list[str]) -> Iterator[str]:
    has_list = sum(_ITEM.match(line) is not None for line in lines) > 1
    was_item = False
    for line in lines:
        is_item = has_list and _ITEM.match(line) is not None
        if is_item and not was_item:
            yield ""
        yield ("- " if is_item else "  " if was_item else "") + _escaped(line)
        was_item = is_item or was_item
    yield ""


def _escaped(line: str) -> str:
    """Return *line* so that Markdown shows it as it stands, but for what is in backticks."""
    parts = line.split("`")
    parts[::2] = [_plain(part) for part in parts[::2]]
    return "`".join(parts)


def _plain(text: str) -> str:
    """Show names of settings as code, and everything else as it stands."""
    parts = _NAME.split(text)
    parts[::2] = [_MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"`{name}`" for name in parts[1::2]]
    return "".join(parts)
