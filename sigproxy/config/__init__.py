"""Configuration: read a TOML file and the environment, which overrides it, into settings.

    settings = load(path, os.environ)    # ConfigError has all problems at once
    problems = preflight(settings)       # problems on this machine

``model`` lists the settings, ``values`` checks one value, ``rules`` several together, ``nesting``
which timeout must be longer than which; ``messages`` writes the error messages. No other folder
imports pydantic.
"""

from sigproxy.config import cpus, listening, nesting
from sigproxy.config.load import load
from sigproxy.config.model import (
    AccessLogSettings,
    AdminSettings,
    LimitSettings,
    NetworkTestSettings,
    RouteSettings,
    ServerSettings,
    Settings,
    TracingSettings,
    TurnSettings,
    UpstreamSettings,
)
from sigproxy.config.notes import remarks
from sigproxy.config.preflight import preflight
from sigproxy.config.problem import ConfigError, Loc, Problem

__all__ = [
    "AccessLogSettings",
    "AdminSettings",
    "ConfigError",
    "LimitSettings",
    "Loc",
    "NetworkTestSettings",
    "Problem",
    "RouteSettings",
    "ServerSettings",
    "Settings",
    "TracingSettings",
    "TurnSettings",
    "UpstreamSettings",
    "cpus",
    "listening",
    "load",
    "nesting",
    "preflight",
    "remarks",
]
