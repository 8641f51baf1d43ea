"""What the gateway says there is to try: the answer of ``/-/network/plan``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigproxy.semantics.ice import IceUrl

MOST = 256  # vendors, routes or modes: a gateway's own are a tenth of it
_METHODS = ("HEAD", "GET", "OPTIONS")  # that change nothing (RFC 9110, 9.2.1)
_LATEST_S = 253_402_300_799  # the end of the year 9999
_LONGEST_NAME = 255
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
    """Return the plan in *raw*, JSON of this version or a later one; raise BadPlan.

    All of it is judged before any of it is used: who answers may be no gateway.
    """
    try:
        value = json.loads(raw)
        certificate = value["certificate"]
        return Plan(
            version=str(value["version"]),
            time=_moment(value["time"]),
            sha256=None if certificate is None else str(certificate["sha256"]),
            echo=_path(value["echo"]),
            ice=None if value["ice"] is None else _path(value["ice"]),
            modes=tuple(map(str, _few(value["modes"]))),
            stun=None if value["stun"] is None else _stun(value["stun"]),
            vendors=tuple(map(_vendor, _few(value["vendors"]))),
            turn_server=_REACHED.get(value.get("turn_server")),
            untried=tuple(
                (str(each["route"]), str(each["why"])) for each in _few(value.get("not_tried", ()))
            ),
        )
    except KeyError as error:
        raise BadPlan(f"{error} is missing") from None
    except RecursionError:
        raise BadPlan("it is nested too deeply") from None
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise BadPlan(str(error)) from None


def _few(values: Any) -> Sequence[Any]:
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{str(values)[:60]!r} is no list")
    if len(values) > MOST:
        raise ValueError(f"it lists {len(values)} things to try; more than {MOST} are not tried")
    return values


def _moment(value: object) -> float:
    """Return seconds since the epoch."""
    if not isinstance(value, (int, float)) or not 0 <= value <= _LATEST_S:
        raise ValueError(f"{str(value)[:60]!r} is no time")
    return float(value)


def _stun(value: object) -> str:
    url = IceUrl.parse(str(value))
    if url.scheme != "stun":
        raise ValueError(f"{str(value)[:60]!r} is no stun URL")
    return str(value)


def _vendor(value: Mapping[str, Any]) -> PlannedVendor:
    host, port, method = str(value["host"]), value["port"], value["method"]
    if not isinstance(port, int) or not 1 <= port <= 65_535:
        raise ValueError(f"{str(port)[:60]!r} is no port")
    if method not in _METHODS:
        raise ValueError(f"the method {str(method)[:60]!r} is not one of {', '.join(_METHODS)}")
    if not 1 <= len(host) <= _LONGEST_NAME:
        raise ValueError(f"{host[:60]!r} is no host")
    return PlannedVendor(host, port, str(method), _path(value["url"]))


def _path(value: object) -> str:
    """Return a path at the gateway; whoever answers must not send us, with the key, elsewhere."""
    if (
        not isinstance(value, str)
        or not value.startswith("/")
        or not (value.isascii() and value.isprintable())
        or set(value) & {" ", "#"}
    ):
        raise ValueError(f"{str(value)[:60]!r} is no path")
    return value
