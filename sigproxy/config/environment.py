"""``SIGPROXY_*`` variables, which override the file.

    SIGPROXY_SERVER__WORKERS=4
    SIGPROXY_SERVER__BIND=0.0.0.0:8443,[::]:8443       a list: with commas, or as JSON
    SIGPROXY_ROUTE='[{"prefix": "/", "targets": ["*.example.com"]}]'

An empty variable counts as not set: `${NAME:-}` in a compose file produces one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from sigproxy.config.masking import MASK, may_show_name
from sigproxy.config.messages import closest
from sigproxy.config.model import Settings, known_keys
from sigproxy.config.problem import Loc, Problem, bare

PREFIX = "SIGPROXY_"
DELIMITER = "__"
FILE_VARIABLE = "SIGPROXY_CONFIG"  # names the file; read by the command line

# For a Service named "sigproxy", Kubernetes sets SIGPROXY_SERVICE_HOST, SIGPROXY_PORT_8443_TCP_ADDR
# and more in each pod. No setting has such a name.
_KUBERNETES = "if Kubernetes set it, put `enableServiceLinks: false` into the pod's spec"
_ROUTE: Loc = ("route",)
_ROUTE_REMEDY = """write a list of objects, as '[{"prefix": "/", "presets": ["acs"]}]'"""
_ROUTES = "set all routes together: SIGPROXY_ROUTE takes a JSON list of objects"
_ROUTE_KEYS = "|".join(known_keys()["route"])
_REMEDIES = {
    re.compile(r"SERVICE_(HOST|PORT)(_[A-Z]+)*"): _KUBERNETES,
    re.compile(r"PORT(_[0-9]{1,5}_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?"): _KUBERNETES,
    re.compile(rf"ROUTE(_{{1,2}}[0-9]{{1,3}})?(_{{1,2}}({_ROUTE_KEYS}))?", re.I): _ROUTES,
}


@dataclass(frozen=True, slots=True)
class Overlay:
    tables: dict[str, Any]
    variables: dict[Loc, str]  # the variable of each value in `tables`
    problems: tuple[Problem, ...]
    doubtful: frozenset[Loc]  # what the variables in `problems` were perhaps meant to set


def read(environ: Mapping[str, str]) -> Overlay:
    """Return the settings of the environment, in the form of a parsed TOML file."""
    known = _known_variables()
    given = {name: text for name, text in environ.items() if name.startswith(PREFIX) and text}
    accepted = {known[name]: name for name in given if name in known}
    unknown = sorted(given.keys() - known.keys() - {FILE_VARIABLE})
    problems = [_unknown(name, known) for name in unknown]
    doubtful = {known[PREFIX + near] for name in unknown if (near := _near(name, known))}
    if (variable := accepted.get(_ROUTE)) and (fault := _json_fault(given[variable])):
        problems.append(Problem("environment", variable, fault, _ROUTE_REMEDY))
        doubtful.add(_ROUTE)
        del accepted[_ROUTE]
    tables = _Source({name: given[name] for name in accepted.values()})()
    return Overlay(tables, accepted, tuple(problems), frozenset(doubtful))


def _json_fault(text: str) -> str | None:
    """Return why *text* is not JSON, and repeat none of it; None if it is."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"is not JSON, at line {error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError):  # too many digits, or too deep
        return "is not JSON that can be read"
    return None


def _known_variables() -> dict[str, Loc]:
    return {variable_name(loc): loc for loc in _locs()}


def _locs() -> Iterator[Loc]:
    yield ("route",)
    for table, keys in known_keys().items():
        yield from ((table, key) for key in keys if table != "route")


def variable_name(loc: Loc) -> str:
    return PREFIX + DELIMITER.join(map(str, loc)).upper()


def _near(name: str, known: Iterable[str]) -> str | None:
    # Compare without the common prefix, which would make every name look similar.
    word = name.upper().removeprefix(PREFIX)
    return closest(word, [other.removeprefix(PREFIX) for other in known])


def _unknown(name: str, known: Mapping[str, Loc]) -> Problem:
    word, near = name.upper().removeprefix(PREFIX), _near(name, known)
    special = next((text for form, text in _REMEDIES.items() if form.fullmatch(word)), None)
    if special is None and not may_show_name(word, is_near=near is not None):
        what = f"a variable of {len(name)} characters is unknown (it may be a secret, and no more "
        remedy = "unset it: `env | grep ^SIGPROXY_` shows which it is"
        return Problem("environment", f"{PREFIX}{MASK}", f"{what}is shown)", remedy)
    remedy = f"did you mean {PREFIX}{near}?" if near else "unset it"
    return Problem("environment", bare(name), "unknown setting", special or remedy)


class _Source(EnvSettingsSource):
    """pydantic-settings' parser of variables, with a mapping instead of ``os.environ``."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        # The source only uses the fields and the strictness of the class. If Settings were a
        # BaseSettings, each construction would read os.environ.
        settings = cast("type[BaseSettings]", Settings)
        super().__init__(settings, env_prefix=PREFIX, env_nested_delimiter=DELIMITER)
        self.env_vars = {name.lower(): text for name, text in variables.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: str) -> Any:
        """Return *value* as a list, from JSON or split at commas."""
        try:
            decoded = json.loads(value)
        except (ValueError, RecursionError):  # "[::]:8443" begins like JSON
            decoded = None
        if isinstance(decoded, list | dict) or field_name == "route":
            return decoded
        return [item.strip() for item in value.split(",") if item.strip()]
