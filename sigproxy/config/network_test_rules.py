"""What must hold within ``[network_test]``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sigproxy.config.problem import Finding, Loc
from sigproxy.config.turn_rules import ANY_ORIGIN, key_twice

if TYPE_CHECKING:
    from sigproxy.config.model import NetworkTestSettings, Settings

_SECTION = "network_test"
_WHOM: tuple[Loc, ...] = tuple((_SECTION, key) for key in ("keys", "keys_file", "allowed_origins"))


def findings(test: "NetworkTestSettings") -> Iterator[Finding]:
    if ANY_ORIGIN in test.allowed_origins:
        yield Finding(
            ((_SECTION, "allowed_origins"), *_WHOM),
            "'*' lets every page run the test, and have TURN credentials for it",
            "list your pages' origins; or remove it where there are keys (a page that has one may "
            "call from anywhere)",
        )
    # A file that could not be read has a problem of its own.
    elif not test.allowed_origins and not test.keys and test.keys_file is None:
        yield Finding(
            _WHOM,
            "nobody may run the test",
            "add keys (or keys_file), with one of which a person opens /-/network/<key>",
        )
    yield from key_twice(_SECTION, test.keys)


def remarks(settings: "Settings") -> Iterator[str]:
    """Say what works but may be a mistake."""
    test = settings.network_test
    if test is None:
        return
    if not test.keys:
        yield (
            "network_test.keys: without a key nobody can open /-/network, for a browser names no "
            "origin then; only the pages of allowed_origins can use what the test asks"
        )
    for index, route in enumerate(settings.route):
        if route.keys and not set(route.keys) & set(test.keys):
            yield (
                f"network_test.keys: none of them is a key of route[{index}], so that its vendors "
                "are not tried; list one in both, or name the same keys_file"
            )
