"""Which releases of the SDKs package.json pins: aliases that end with their version, mostly."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.sdk import application

ALIAS = re.compile(r"npm:(?P<package>.+)@(?P<version>[^@]+)")


class Pinned(NamedTuple):
    module: str  # the folder in node_modules
    package: str  # npm's name
    version: str


def read() -> dict[str, Any]:
    return dict(json.loads((application.HERE / "package.json").read_text()))


def every(document: Mapping[str, Any]) -> list[Pinned]:
    """Return what *document*, a package.json, depends on."""
    found = []
    for module, wanted in document["dependencies"].items():
        alias = ALIAS.fullmatch(wanted)
        package, version = alias.group("package", "version") if alias else (module, wanted)
        found.append(Pinned(module, package, version))
    return found


def newest_pinned(document: Mapping[str, Any], modules: Iterable[str]) -> list[Pinned]:
    """Return of each package among *modules* the newest release that is pinned."""
    named = set(modules)
    newest: dict[str, Pinned] = {}
    for each in every(document):
        other = newest.get(each.package)
        if each.module in named and (other is None or _order(each) > _order(other)):
            newest[each.package] = each
    return list(newest.values())


def with_releases(document: Mapping[str, Any], wanted: Mapping[Pinned, str]) -> dict[str, Any]:
    """Return *document* with other versions in place of some that are pinned.

    The folders keep their names, so that scenarios find them.
    """
    others = {
        each.module: version if each.module == each.package else f"npm:{each.package}@{version}"
        for each, version in wanted.items()
    }
    return {**document, "dependencies": {**document["dependencies"], **others}}


def _order(pinned: Pinned) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", pinned.version))
