"""The cookies of one exchange: what its next hop is sent, and what the client is told to keep."""

from functools import partial
from time import time

from sigproxy.gateway.call import Call
from sigproxy.gateway.round_trip import Response, UpstreamRequest
from sigproxy.policies import jar
from sigproxy.policies.cookies import without
from sigproxy.policies.jar import Jar
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.target import Target

_COOKIE = frozenset({b"cookie"})


def keep(call: Call, response: Response, gained: Jar) -> Jar:
    """Keep what a redirect sets that the client does not see, for it and for the next hops."""
    sets = [each for each in response.head.fields if each[0].lower() == b"set-cookie"]
    if not sets or not _cross(call):
        return gained
    call.response_writer.cookies += for_client(call, response.source, sets)
    return jar.with_response(gained, response.source, [value for _, value in sets], time())


def for_next_hop(call: Call, outgoing: UpstreamRequest, gained: Jar) -> UpstreamRequest:
    """Return *outgoing* with the cookies that a browser would send there.

    The client's own go to the authority for which it sent them, and to no other.
    """
    if not _cross(call):
        return outgoing
    fields = call.exchange.fields
    if outgoing.target.authority == call.decision.target.authority:
        fields = call.decision.route.cookies.request_fields(fields, call.decision.target.authority)
    else:
        fields = Fields(without(fields, b"cookie"))
    fields = jar.request_fields(gained, fields, outgoing.target)
    return outgoing._replace(withheld=outgoing.withheld - _COOKIE, fields=fields)


def for_client(call: Call, source: Target, fields: list[Field]) -> list[Field]:
    """Return *fields* of a response of *source* with each Set-Cookie as the client may have it."""
    if not call.decision.cors.carries_cookies:
        return without(fields, b"set-cookie")
    return call.decision.route.cookies.response_fields(
        fields,
        source,
        request_target=call.decision.taken_off + call.exchange.request_target,
        request_fields=call.exchange.fields,
        place=partial(
            call.decision.route.cookie_path,
            source.authority,
            mount=call.decision.taken_off + call.decision.mount,
        ),
    )


def _cross(call: Call) -> bool:
    return call.decision.cors.carries_cookies and call.decision.route.cookies.carries
