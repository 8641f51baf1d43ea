"""What the gateway itself answers: whether it is ready, a preflight, and the plan."""

from urllib.parse import urlsplit

from sigproxy.tools.doctor.client.asking import Asked
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well

_PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,x-skypetoken",
}
_REFUSALS = {
    "key_refused": "give the right key, https://GATEWAY/KEY; the operator has it ([network_test])",
    "origin_refused": "the operator can add keys to [network_test], for what is no web page",
    "too_many_network_tests": "wait a while, or the operator can raise requests_per_address",
}


def judge_ready(asked: Asked) -> Finding:
    if asked.status == 200:
        return well("ready", f"the gateway takes clients ({seconds(asked.took_s)})")
    if asked.status == 503:
        what = "the gateway stops, and takes no new clients"
        return warning("ready", "draining", what, "try again in a minute")
    if not asked.status:
        what = f"no answer over HTTP: {asked.shown}"
        remedy = "a proxy or firewall that looks into TLS may be in between; ask its owner"
        return failure("ready", "gateway_unreachable", what, remedy)
    what = f"/-/ready is answered with {asked.shown}: this may be no sigproxy"
    return failure("ready", "not_a_gateway", what, "check the URL, and what stands in front of it")


def judge_plan(asked: Asked) -> Finding | None:
    """Return why there is no plan; None for one that is to be parsed."""
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
    token = "gateway_error" if asked.status else "gateway_unreachable"
    return failure("plan", token, what, "see the other lines")


def preflight_fields(origin: str) -> dict[str, str]:
    return {"Origin": origin, **_PREFLIGHT}


def judge_preflight(asked: Asked, origin: str) -> Finding:
    allowed = asked.fields.get("access-control-allow-origin", "")
    methods = asked.fields.get("access-control-allow-methods", "")
    if asked.error:
        remedy = f"the operator can add {origin} to allowed_origins"
        if asked.error != "origin_refused":
            remedy = "see the other lines"
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
