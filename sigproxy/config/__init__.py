"""Configuration: a TOML file and the environment over it, made into frozen settings.

    settings = load(path, os.environ)    # ConfigError names every problem at once
    problems = preflight(settings)       # what only this machine can tell

``model`` says which settings exist, ``values`` what one value may be, ``rules`` what holds
between several, ``nesting`` which timeout ends within which, ``messages`` how a fault reads.
pydantic is imported nowhere else.
"""

from sigproxy.config import cpus, listening, nesting
from sigproxy.config.load import load
from sigproxy.config.model import (
    AccessLogSettings,
    AdminSettings,
    LimitSettings,
    RouteSettings,
    ServerSettings,
    Settings,
    TurnSettings,
    UpstreamSettings,
)
from sigproxy.config.preflight import preflight, remarks
from sigproxy.config.problem import ConfigError, Problem

__all__ = [
    "AccessLogSettings",
    "AdminSettings",
    "ConfigError",
    "LimitSettings",
    "Problem",
    "RouteSettings",
    "ServerSettings",
    "Settings",
    "TurnSettings",
    "UpstreamSettings",
    "cpus",
    "listening",
    "load",
    "nesting",
    "preflight",
    "remarks",
]
