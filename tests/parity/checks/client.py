"""Claims about what the client received."""

import re

from tests.parity.messages import Response
from tests.parity.model import GATEWAY, Check, Observation

# Any answer that serves nothing.
ERRORS = (400, 403, 404, 405, 411, 413, 414, 421, 426, 431, 451, 500, 501, 502, 503, 504, 508)


def status(*allowed: int | None) -> Check:
    """The first response has one of these codes; None allows a connection closed unanswered."""

    def check(seen: Observation) -> str | None:
        if seen.status in allowed:
            return None
        return f"status {seen.status}, wanted {' or '.join(map(str, allowed))}"

    return check


def refused(*allowed: int) -> Check:
    """An error is answered, and nothing went upstream, not even a connection."""

    def check(seen: Observation) -> str | None:
        if seen.record.requests:
            request = seen.record.requests[0]
            return f"the upstream got {request.method} {request.target} for {request.host}"
        return status(*(allowed or ERRORS))(seen)

    return check


def statuses(*expected: int | None) -> Check:
    """These are the statuses of all responses, in order."""
    return lambda seen: _differs("statuses", [each.status for each in seen.responses], [*expected])


def last_status(*allowed: int) -> Check:
    def check(seen: Observation) -> str | None:
        got = seen.responses[-1].status if seen.responses else None
        return _outside("last status", got, allowed)

    return check


def responses(count: int) -> Check:
    return lambda seen: _differs("responses", len(seen.responses), count)


def field(name: str, value: str) -> Check:
    """The response has the field once, with this value."""
    return lambda seen: _differs(name, seen.response.values(name), [value])


def field_like(name: str, pattern: str) -> Check:
    """The response has the field once, and the pattern is found in it."""

    def check(seen: Observation) -> str | None:
        values = seen.response.values(name)
        if len(values) == 1 and re.search(pattern, values[0]):
            return None
        return f"{name} {values}, wanted one like {pattern!r}"

    return check


def field_lists(name: str, *elements: str) -> Check:
    """The list-valued field has all these elements, in any case."""

    def check(seen: Observation) -> str | None:
        listed = ",".join(seen.response.values(name)).lower().replace(" ", "").split(",")
        missing = [each for each in elements if each.lower() not in listed]
        return f"{name} {listed} lacks {missing}" if missing else None

    return check


def no_field(*names: str) -> Check:
    def check(seen: Observation) -> str | None:
        present = [name for name in names if seen.response.values(name)]
        return f"has {present}" if present else None

    return check


def no_name_like(pattern: str) -> Check:
    """No field has a name in which the pattern is found."""

    def check(seen: Observation) -> str | None:
        found = [name for name, _ in seen.response.fields if re.search(pattern, name)]
        return f"fields {found}" if found else None

    return check


def no_value_like(pattern: str) -> Check:
    def check(seen: Observation) -> str | None:
        found = [value for _, value in seen.response.fields if re.search(pattern, value)]
        return f"values {found}" if found else None

    return check


def field_count(name: str, count: int) -> Check:
    return lambda seen: _differs(f"number of {name}", len(seen.response.values(name)), count)


def body(*allowed: bytes) -> Check:
    def check(seen: Observation) -> str | None:
        got = seen.response.body
        return None if got in allowed else f"body {got[:60]!r}, wanted {allowed[0][:60]!r}"

    return check


def body_begins(prefix: bytes) -> Check:
    def check(seen: Observation) -> str | None:
        return _differs("begin of the body", seen.response.body[: len(prefix)], prefix)

    return check


def body_lacks(text: bytes) -> Check:
    """No response says *text*."""

    def check(seen: Observation) -> str | None:
        said = any(text in each.body.lower() for each in seen.responses)
        return f"a body says {text!r}" if said else None

    return check


def whole() -> Check:
    return lambda seen: None if seen.response.is_whole else "the response is not whole"


def not_whole() -> Check:
    """A body that was cut short must not look complete."""

    def check(seen: Observation) -> str | None:
        looks_fine = seen.response.is_whole and seen.status == 200
        return "a truncated body is presented as complete" if looks_fine else None

    return check


def framing(*allowed: str) -> Check:
    return lambda seen: _outside("framing", seen.response.framing, allowed)


def interim(*allowed: tuple[int, ...]) -> Check:
    """The 1xx responses before the final one are one of these series."""
    return lambda seen: _outside("interim", tuple(seen.response.interim), allowed)


def ends(*allowed: str | None) -> Check:
    """The gateway ended the connection so: "closed", "cut" (without close_notify), "reset"."""
    return lambda seen: _outside("end of the connection", seen.ended, allowed)


def nothing_behind() -> Check:
    """No byte follows the last response (response splitting)."""
    return lambda seen: f"leftover {seen.leftover[:60]!r}" if seen.leftover else None


def within(seconds: float) -> Check:
    def check(seen: Observation) -> str | None:
        return f"took {seen.seconds:.1f} s" if seen.seconds > seconds else None

    return check


def location_inside(path: str) -> Check:
    """Location names *path* at the gateway, with or without scheme and authority."""
    allowed = (f"https://{GATEWAY}{path}", path)

    def check(seen: Observation) -> str | None:
        got = seen.response.values("location")
        return None if len(got) == 1 and got[0] in allowed else f"location {got}"

    return check


def points_into_the_gateway(response: Response) -> bool:
    pattern = rf"(https://{re.escape(GATEWAY)})?/[^/]"
    return all(re.match(pattern, value) for value in response.values("location"))


def stays_inside() -> Check:
    """No Location leads the client past the gateway."""

    def check(seen: Observation) -> str | None:
        if points_into_the_gateway(seen.response):
            return None
        return f"the client is sent to {seen.response.values('location')}"

    return check


def own_error(token: str = "") -> Check:
    """The error is the gateway's own: JSON with these three keys, and Proxy-Status."""

    def check(seen: Observation) -> str | None:
        text = seen.response.body.decode("latin-1")
        if not all(f'"{key}"' in text for key in ("error", "detail", "request_id")):
            return f"body {text[:80]!r} is not an error of the gateway's own"
        if not seen.response.values("proxy-status"):
            return "no Proxy-Status"
        return None if f'"{token}' in text else f"body {text[:80]!r} lacks {token!r}"

    return check


def _differs(what: str, got: object, wanted: object) -> str | None:
    return None if got == wanted else f"{what} {got!r}, wanted {wanted!r}"


def _outside(what: str, got: object, allowed: tuple[object, ...]) -> str | None:
    return None if got in allowed else f"{what} {got!r}, wanted one of {allowed!r}"
