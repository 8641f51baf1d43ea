"""Every scenario of the suite: one file for each vendor, found by its name.

A file has ``scenarios()``, which yields what is played. What its SDKs need of the gateway beside
the route with all presets, it says in ``PRESETS`` and ``TARGETS`` for that route, and in ``ROUTES``
as TOML for further ones.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from tests.sdk.scenario import Scenario

MODULES: tuple[ModuleType, ...] = tuple(
    import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)
)
SCENARIOS: list[Scenario] = [each for module in MODULES for each in module.scenarios()]


def collected(name: str) -> tuple[str, ...]:
    """Return what the files have in their tuples *name*, each value once."""
    found = [value for module in MODULES for value in getattr(module, name, ())]
    return tuple(dict.fromkeys(found))
