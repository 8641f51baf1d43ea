"""The page shim as it is in the package, and what it becomes for a route."""

from collections.abc import Iterable
from functools import cache
from importlib import resources

from sigproxy.policies.targets import Pattern
from sigproxy.shim.script import Script


@cache
def source() -> str:
    """Return ``shim.js``, minified: the script in it says what it does."""
    return resources.files("sigproxy.shim").joinpath("shim.min.js").read_text("utf-8")


def script_of(prefix: str, patterns: Iterable[str], *, is_keyed: bool, has_ice: bool) -> Script:
    """Return the script that a route with *prefix* and these targets serves."""
    levels = prefix.rstrip("/").count("/") + is_keyed if has_ice else None
    return Script.of(source(), map(Pattern.parse, patterns), levels)
