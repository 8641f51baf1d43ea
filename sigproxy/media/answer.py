"""The ICE servers for an SDK, in the form that this SDK takes.

    status, body = answer("acs-web", "auto", None, turn, credential)

Raises UnknownSdk, UnknownFormat, ModeRefused.
"""

from sigproxy.errors.media import ModeRefused, UnknownFormat, UnknownSdk
from sigproxy.media.formats import FORMATS, OK
from sigproxy.media.offer import MODES
from sigproxy.media.sdks import SDKS, Sdk
from sigproxy.policies.turn import Credential, Turn

DEFAULT_FORMAT = "w3c"
_FORMATTED = "webrtc"


def answer(
    sdk: str, mode: str, form: str | None, turn: Turn, credential: Credential
) -> tuple[int, object]:
    """Return the HTTP status and the body, which the caller writes as JSON."""
    known = SDKS.get(sdk)
    if known is None:
        raise UnknownSdk(f"sdk is {_shown(sdk)}; it should be one of {', '.join(SDKS)}")
    _check_form(sdk, form)
    _check_mode(mode, turn)
    if form is not None:
        status, make = FORMATS[form]
        body = make(mode, turn, credential)
        return status, _timed(body, credential) if form == DEFAULT_FORMAT else body
    return OK, _rendered(known, mode, turn, credential)


def _check_form(sdk: str, form: str | None) -> None:
    if form is None:
        return
    if sdk != _FORMATTED:
        raise UnknownFormat(
            f"sdk={_shown(sdk)} has one shape: leave format out, or ask for sdk={_FORMATTED}"
        )
    if form not in FORMATS:
        raise UnknownFormat(f"format is {_shown(form)}; it should be one of {', '.join(FORMATS)}")


def _check_mode(mode: str, turn: Turn) -> None:
    if mode not in MODES:
        raise ModeRefused(f"mode is {_shown(mode)}; it should be one of {', '.join(MODES)}")
    if mode not in turn.modes:
        offered = ", ".join(turn.modes)
        raise ModeRefused(f"this gateway does not offer mode={mode}: modes in [turn] has {offered}")


def _rendered(sdk: Sdk, mode: str, turn: Turn, credential: Credential) -> object:
    body = sdk.render(mode, turn, credential)
    return _timed(body, credential) if sdk.is_dictionary else body


def _timed(body: object, credential: Credential) -> object:
    """Add to the servers how long the credential is valid: when to ask again."""
    assert isinstance(body, dict)
    return {**body, "ttl": credential.ttl_s, "expires": credential.expires_at}


def _shown(text: str) -> str:
    return ascii(text[:40])
