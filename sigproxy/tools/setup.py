"""Routes for presets, as text of a configuration: what `sigproxy dev` and `sigproxy init` write."""

import json
import tomllib
from collections.abc import Sequence

from sigproxy.config import Settings
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority
from sigproxy.tools.snippet_route import toml
from sigproxy.tools.vendors import VENDORS, Vendor


def vendor_of(preset: str) -> Vendor:
    """Return the vendor whose SDKs the lines of `sigproxy snippet` are for."""
    return next(each for each in VENDORS.values() if preset in each.presets)


def routes(presets: Sequence[str], gateway: Authority, origins: Sequence[str]) -> str:
    """Return the [[route]] tables for *presets*, for pages of *origins*.

    Presets of the path dialect share one route, at "/"; each of the others has its own.
    """
    shared = [name for name in presets if not _has_own(name)]
    others = [name for name in presets if _has_own(name)]
    tables = [_shared(shared, origins)] if shared else []
    for name in others:
        text = "\n\n".join(tables)
        known = Settings.model_validate(tomllib.loads(text)) if text else _empty()
        tables.append(toml(known, vendor_of(name), gateway, origins))
    return "\n\n".join(tables) + "\n"


def _has_own(preset: str) -> bool:
    return bool(vendor_of(preset).hosts) or PRESETS[preset].dialect != "path"


def _shared(names: Sequence[str], origins: Sequence[str]) -> str:
    also = [each for name in names for each in vendor_of(name).also]
    chosen = list(dict.fromkeys([*names, *also]))
    return "\n".join(
        (
            "[[route]]",
            'prefix = "/"',
            f"presets = {json.dumps(chosen)}",
            f"allowed_origins = {json.dumps(list(origins))}",
        )
    )


def _empty() -> Settings:
    return Settings().model_copy(update={"route": ()})
