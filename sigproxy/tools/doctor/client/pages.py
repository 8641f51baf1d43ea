"""What the gateway itself answers: whether it is ready, a preflight, and the plan."""

import json
from urllib.parse import urlsplit

from sigproxy.tools.doctor.client.asking import Asked
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well

_PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,x-skypetoken",
}
INSPECTED = "a proxy or firewall that looks into TLS may be in between; ask its owner"
LOGGED = "the operator finds that request in the gateway's access log, with the reason"
_IN_PLACE = (
    "check the URL, or open it in a browser: a network that wants a login first answers in its "
    "place"
)
_REFUSALS = {
    "key_refused": "give the right key, https://GATEWAY/KEY; the operator has it ([network_test])",
    "origin_refused": "the operator can add keys to [network_test], for what is no web page",
    "too_many_network_tests": "wait a while, or the operator can raise requests_per_address",
}


def judge_ready(asked: Asked) -> Finding:
    said = _status(asked.body)
    if asked.status == 200 and said == "ready":
        return well("ready", f"the gateway takes clients ({seconds(asked.took_s)})")
    if asked.status == 503 and said == "draining":
        what = "the gateway stops, and takes no new clients"
        return warning("ready", "draining", what, "try again in a minute")
    if not asked.status:
        what = f"no answer over HTTP: {asked.shown}"
        return failure("ready", "gateway_unreachable", what, INSPECTED)
    return _no_gateway("ready", "/-/ready", asked)


def _status(body: bytes) -> str:
    try:
        return str(json.loads(body)["status"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _no_gateway(name: str, page: str, asked: Asked) -> Finding:
    what = f"{page} is answered with {asked.shown}, and not by a sigproxy"
    return failure(name, "not_a_gateway", what, _IN_PLACE)


def judge_plan(asked: Asked) -> Finding | None:
    """Return why there is no plan; None for one that is to be parsed."""
    if asked.status and not asked.error and (asked.status != 200 or not _is_json(asked.body)):
        return _no_gateway("plan", "the gateway's plan", asked)
    if asked.status == 200:
        return None
    if asked.status == 404:
        return warning(
            "plan",
            "network_test_off",
            "this gateway has no network test, so that its WebSocket and its vendors are not tried",
            "the operator can add [network_test] to the configuration",
        )
    if asked.error in _REFUSALS:
        return failure("plan", asked.error, asked.detail, _REFUSALS[asked.error])
    what = f"what there is to try cannot be had: {asked.shown}"
    if not asked.status:
        return failure("plan", "gateway_unreachable", what, INSPECTED)
    return failure("plan", "gateway_error", what, LOGGED)


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def preflight_fields(origin: str) -> dict[str, str]:
    return {"Origin": origin, **_PREFLIGHT}


def judge_preflight(asked: Asked, origin: str) -> Finding:
    allowed = asked.fields.get("access-control-allow-origin", "")
    methods = asked.fields.get("access-control-allow-methods", "")
    if asked.error:
        remedy = f"the operator can add {origin} to allowed_origins"
        if asked.error != "origin_refused":
            remedy = LOGGED if asked.status else INSPECTED
        return failure("preflight", asked.error, asked.shown, remedy)
    if asked.status in (200, 204) and allowed in ("*", origin) and methods:
        return well("preflight", f"pages of {origin} may call ({seconds(asked.took_s)})")
    what = f"OPTIONS is answered with {asked.status} and no permission for {origin}"
    remedy = "something in between answers in the gateway's place; let OPTIONS pass"
    return failure("preflight", "preflight_blocked", what, remedy)


def is_origin(text: str) -> bool:
    """Return whether *text* is an origin as browsers write it, ``https://app.example``."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text
    return is_plain and bool(parts.scheme and parts.netloc) and not (parts.path or parts.query)
