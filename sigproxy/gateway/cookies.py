"""The cookies of one exchange: those sent to its next hop, and those set at the client."""

from functools import partial
from time import time

from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.gateway.round_trip import Response, UpstreamRequest
from sigproxy.policies import jar
from sigproxy.policies.cookies import Place, without
from sigproxy.policies.jar import Jar
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.target import Target

_COOKIE = frozenset({b"cookie"})


def keep(context: ForwardContext, response: Response, gained: Jar) -> Jar:
    """Keep the cookies of a redirect that we follow, for the client and for the next hops."""
    sets = [each for each in response.head.fields if each[0].lower() == b"set-cookie"]
    if not sets or not _cross(context):
        return gained
    context.response_writer.cookies += for_client(context, response.source, sets)
    return jar.with_response(gained, response.source, [value for _, value in sets], time())


def for_next_hop(
    context: ForwardContext, outgoing: UpstreamRequest, gained: Jar
) -> UpstreamRequest:
    """Return *outgoing* with the cookies that a browser would send there.

    The client's own cookies go only to the authority that it sent them for.
    """
    if not _cross(context):
        return outgoing
    fields = context.exchange.fields
    if outgoing.target.authority == context.decision.target.authority:
        fields = context.decision.route.cookies.request_fields(
            fields, context.decision.target.authority
        )
    else:
        fields = Fields(without(fields, b"cookie"))
    fields = jar.request_fields(gained, fields, outgoing.target)
    return outgoing._replace(withheld_fields=outgoing.withheld_fields - _COOKIE, fields=fields)


def for_client(context: ForwardContext, source: Target, fields: list[Field]) -> list[Field]:
    """Return *fields* of *source*'s response with each Set-Cookie rewritten for the client."""
    decision = context.decision
    if not decision.cors.carries_cookies or _is_of_another_host(context, source):
        return without(fields, b"set-cookie")
    mount = decision.stripped_prefix + decision.mount
    places: list[Place] = [partial(decision.route.cookie_path, source.authority, mount=mount)]
    front = _front(context, source)
    if front is not None and front != places[0](b"/"):
        places.append(lambda path: front + path.rstrip(b"/"))
    return decision.route.cookies.response_fields(
        fields,
        source,
        request_target=decision.stripped_prefix + context.exchange.request_target,
        request_fields=context.exchange.fields,
        places=places,
    )


def _is_of_another_host(context: ForwardContext, source: Target) -> bool:
    """Return whether *source*, behind a redirect, has another name of ours than the client asked.

    No Path keeps its cookies apart there, and the client would send them to the host that it asked.
    """
    decision = context.decision
    return decision.route.domain is not None and source.authority != decision.target.authority


def _front(context: ForwardContext, source: Target) -> bytes | None:
    """Return what the client has written in front of *source*'s path; None if it has not.

    SDKs write a host with its default port, or our own name in front. A browser compares a
    cookie's Path with what they write, and not with what that means.
    """
    decision, written = context.decision, context.exchange.request_target
    behind = decision.target.path.removeprefix(b"/")
    is_written = (
        decision.route.dialect.host_in_path
        and source.authority == decision.target.authority
        and written.startswith(b"/")
        and written.endswith(behind)
    )
    if not is_written:
        return None
    return decision.stripped_prefix + written[: len(written) - len(behind)].rstrip(b"/")


def _cross(context: ForwardContext) -> bool:
    return context.decision.cors.carries_cookies and context.decision.route.cookies.carries
