"""What the gateway says there is to try: the answer of ``/-/network/plan``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_REACHED = {"reachable": True, "unreachable": False}


class BadPlan(ValueError):
    """What came is no plan; args[0] says why."""


@dataclass(frozen=True, slots=True)
class PlannedVendor:
    """A vendor's host, and how to ask it through the gateway; *url* is a path here."""

    host: str
    port: int
    method: str
    url: str


@dataclass(frozen=True, slots=True)
class Plan:
    """*sha256*: of the certificate that the gateway serves, None without TLS there.

    *turn_server*: whether the gateway itself reaches it, None if it cannot tell. *untried*: the
    routes that this key does not open, each with the reason.
    """

    version: str
    time: float
    sha256: str | None
    echo: str
    ice: str | None
    modes: tuple[str, ...]
    stun: str | None
    vendors: tuple[PlannedVendor, ...]
    turn_server: bool | None = None
    untried: tuple[tuple[str, str], ...] = ()


def parse(raw: bytes) -> Plan:
    """Return the plan in *raw*, JSON of this version or a later one; raise BadPlan."""
    try:
        value = json.loads(raw)
        certificate = value["certificate"]
        return Plan(
            version=str(value["version"]),
            time=float(value["time"]),
            sha256=None if certificate is None else str(certificate["sha256"]),
            echo=_path(value["echo"]),
            ice=None if value["ice"] is None else _path(value["ice"]),
            modes=tuple(map(str, value["modes"])),
            stun=None if value["stun"] is None else str(value["stun"]),
            vendors=tuple(map(_vendor, value["vendors"])),
            turn_server=_REACHED.get(value.get("turn_server")),
            untried=tuple(
                (str(each["route"]), str(each["why"])) for each in value.get("not_tried", ())
            ),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadPlan(f"{type(error).__name__}: {error}") from None


def _vendor(value: Mapping[str, Any]) -> PlannedVendor:
    return PlannedVendor(
        str(value["host"]), int(value["port"]), str(value["method"]), _path(value["url"])
    )


def _path(value: object) -> str:
    """Return a path at the gateway; whoever answers must not send us, with the key, elsewhere."""
    if not isinstance(value, str) or not value.startswith("/"):
        raise ValueError(f"{str(value)[:60]!r} is no path")
    return value
