"""ICE servers for an SDK, and somebody's ICE servers held against an SDK's rules (`sigproxy ice`).

text  = as_json("acs-web", "auto", None, turn)
lines = findings("acs-web", raw)        # of a file; raises NotJson
"""

import json
from time import time

from sigproxy.gateway.issuer import random_id
from sigproxy.media.answer import answer
from sigproxy.media.sdks import SDKS
from sigproxy.policies.turn import Turn, issue

_LONGEST = 1 << 20  # bytes of a file; ICE servers are a few hundred


class NotJson(ValueError):
    """What should be JSON is not: where, and how to mend it."""


def as_json(sdk: str, mode: str, form: str | None, turn: Turn) -> str:
    """Return what the gateway answers, with a credential of its own."""
    _, body = answer(sdk, mode, form, turn, issue(turn, int(time()), random_id()))
    return json.dumps(body, indent=2, ensure_ascii=False)


def note(sdk: str, mode: str) -> str:
    """Return what to know about *mode* with *sdk*; "" if it does what it says."""
    return SDKS[sdk].note if mode != "auto" else ""


def findings(sdk: str, raw: bytes) -> list[str]:
    """Return a line for each thing that is wrong with *raw*, by the rules of *sdk*."""
    return [str(found) for found in SDKS[sdk].check(_parsed(raw))]


def _parsed(raw: bytes) -> object:
    if len(raw) > _LONGEST:
        raise NotJson(f"it has {len(raw)} bytes; give the ICE servers alone")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if not text.strip():
        raise NotJson("it is empty; write the ICE servers as JSON")
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJson(
            f"line {error.lineno}, column {error.colno}: {error.msg}; write JSON: names and "
            "strings in double quotes, no comments and no comma at the end"
        ) from None
    except ValueError:  # Python reads no number of 4,301 digits
        raise NotJson("it has a number that is far too long; give the ICE servers alone") from None
    except RecursionError:
        raise NotJson("it is nested too deeply; give the ICE servers alone") from None
    return value
