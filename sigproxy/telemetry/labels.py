"""The values of labels: which there are, and which are there from the start.

Prometheus computes ``increase()`` and ``rate()`` from the difference of two values. A counter that
appears with its first failure appears at 1, and that failure is never seen. So each combination
that may be expected is there at 0. ``docs/metrics.md`` says how many that are.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import product

from sigproxy import errors
from sigproxy.errors import egress, media  # noqa: F401 - `below` finds egress's classes
from sigproxy.exchange import (
    CLIENT_GONE,
    CLIENT_STALLED,
    CUT_OFF,
    TURN_IDLE,
    TURN_STALLED,
    UNSENT,
)

GONE_STATUS = 499  # as in the access log
# The reason for a connection that was closed without a response; it has no exchange.
UNANSWERED = "unanswered"
# With more routes, theirs appear with the first count: 80 of each, in the files of each worker.
MOST_ROUTES = 100

_STATUSES = frozenset(HTTPStatus)
_SIDES = ("client", "upstream", "gateway")
_CLOSE_CODES = (*map(str, range(1000, 1016)), "3xxx", "4xxx", "other", "none")
# Of responses that are the vendor's. The other codes appear with the first response that has one.
_VENDOR = ("101", "200", "400", "401", "403", "404", "429", "500", "502", "503", "504")
_OWN_PAGES = ("200", "503")
# A TURN client's connection ends with one of these, or with an error of its own below.
_TURN_ALONE = (TURN_STALLED, TURN_IDLE)
_TURN_ENDS = ("", CLIENT_GONE, CLIENT_STALLED, CUT_OFF, *_TURN_ALONE)
# What ends an exchange and is no response, with the codes that the client may have got by then: of
# most, the 101 of a WebSocket.
_BROKEN_OFF = dict.fromkeys(sorted(UNSENT.difference(_TURN_ALONE)), ("101",)) | {
    CLIENT_GONE: ("499", "200", "101"),
    CLIENT_STALLED: ("200", "101"),
    CUT_OFF: ("499", "200", "101"),
    errors.ConnectionTerminated.token: ("200",),
    errors.ResponseTimeout.token: ("200",),
}
_TURN_ERRORS = (media.TurnUnreachable, media.NotStun, errors.RequestTimeout)
# Only /-/ice and the shared port have these, or they come before the route is known.
_WITHOUT_ROUTE = (
    *(media.TurnOff, media.UnknownSdk, media.UnknownFormat, media.ModeRefused),
    *(errors.ProxyHeaderInvalid, errors.ProxyHeaderTimeout, errors.ProxyHeaderUntrusted),
    *(errors.MethodRefused, errors.CodingUnsupported, errors.VersionUnsupported),
    *(errors.TooManyRequests, errors.TooManyConnections, media.TooManyCredentials),
)
_BEHIND_THE_ROUTE = (
    *(errors.TargetRefused, errors.AddressRefused, errors.ServiceWorkerRefused),
    *(errors.LoopDetected, errors.TooManyWebSockets, errors.UpgradeRequired),
)
_CREDENTIALS = (
    *(errors.KeyRefused, errors.OriginRefused, errors.BadRequest, errors.BodyTooLarge),
    *(media.UnknownSdk, media.UnknownFormat, media.ModeRefused, media.TooManyCredentials),
)
# Nothing of these classes is raised, but of those below them.
_FAMILIES = (errors.PolicyError, errors.LimitError)

Ended = tuple[str, str, str]  # the labels of an exchange: route, code, error


def below(family: type[errors.GatewayError]) -> Iterator[type[errors.GatewayError]]:
    """Yield *family* and all errors below it."""
    yield family
    for each in family.__subclasses__():
        yield from below(each)


def _labels(families: Iterable[type[errors.GatewayError]]) -> frozenset[tuple[str, str]]:
    """Return status and token of each error of *families* that can be sent."""
    every = (each for family in families for each in below(family) if each not in _FAMILIES)
    return frozenset((str(each.status), each.token) for each in every)


_TURN_ONLY = _labels((media.TurnUnreachable, media.NotStun))
_ERRORS = _labels((errors.GatewayError,)) - _TURN_ONLY
_OF_A_ROUTE = _ERRORS - _labels(_WITHOUT_ROUTE)
_OF_NO_ROUTE = _ERRORS - _labels((errors.UpstreamError, *_BEHIND_THE_ROUTE))

_REFUSED = _labels((errors.RequestError, errors.PolicyError, errors.LimitError))
REFUSALS = frozenset(token for _, token in _REFUSED)


def exchanges(routes: Iterable[str]) -> Iterator[Ended]:
    """Yield the labels of exchanges that may be expected; *routes* are the names of all."""
    yield from (("", code, "") for code in _OWN_PAGES)
    yield from (("", code, token) for code, token in sorted(_OF_NO_ROUTE))
    yield from (("", "499", token) for token in (CLIENT_GONE, CUT_OFF))
    for route in known(routes):
        yield from ((route, code, "") for code in _VENDOR)
        yield from ((route, code, token) for code, token in sorted(_OF_A_ROUTE))
        yield from ((route, code, token) for token, codes in _BROKEN_OFF.items() for code in codes)


def known(routes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of *routes* whose labels are there from the start."""
    return tuple(dict.fromkeys(routes))[:MOST_ROUTES]


def refusals() -> tuple[str, ...]:
    return (UNANSWERED, *sorted(REFUSALS))


def closes() -> Iterator[tuple[str, str]]:
    """Yield code and side of the ends that a WebSocket may have."""
    return product(_CLOSE_CODES, _SIDES)


def turn_ends() -> tuple[str, ...]:
    return (*_TURN_ENDS, *(each.token for each in _TURN_ERRORS))


def credentials() -> tuple[str, ...]:
    return ("issued", CLIENT_GONE, *(each.token for each in _CREDENTIALS))


def status_code(status: int | None) -> str:
    """Return the label for *status*; unregistered ones are grouped, as upstreams may send any."""
    if status is None:
        return str(GONE_STATUS)
    if status in _STATUSES:
        return str(status)
    return f"{status // 100}xx" if 200 <= status < 600 else "other"


def close_code(code: int | None) -> str:
    """Return the label for a WebSocket's close code, which client and upstream choose freely.

    RFC 6455, 7.4.2: 3000 and up are for libraries, 4000 and up for applications.
    """
    if code is None:
        return "none"
    if 1000 <= code <= 1015:
        return str(code)
    return {3: "3xxx", 4: "4xxx"}.get(code // 1000, "other")
