"""Build from the settings who may call an own page with keys."""

from sigproxy.config import NetworkTestSettings, TurnSettings
from sigproxy.policies.callers import Callers
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.keys import KeyPolicy


def build_callers(
    settings: TurnSettings | NetworkTestSettings,
    place: str,
    section: str,
    have: str,
    *,
    is_open: bool = False,
) -> Callers:
    """Return who may call; the words are for messages, see ``Callers``."""
    origins = settings.allowed_origins
    return Callers(
        place=place,
        section=section,
        have=have,
        keys=KeyPolicy.of(*settings.keys),
        cors=CorsPolicy(origins or ("*",)),  # with none listed, a key is enough on any page
        admits_origins=bool(origins),
        is_open=is_open,
    )
