"""Location and Content-Location, for the client: through the gateway where they can be."""

from dataclasses import replace

from sigproxy.errors import BadTarget, RedirectRefused
from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.policies.redirects import FOLLOWED
from sigproxy.semantics.fields import Field, first
from sigproxy.semantics.target import Target, located, resolve_reference

NAMES = frozenset({b"location", b"content-location"})


def check(context: ForwardContext, source: Target, status: int, location: bytes) -> None:
    """Raise RedirectRefused if the client is sent on to what our request targets cannot say.

    Left as it is, "/other" would lead to another route of ours, a whole URL past the gateway.
    """
    if status not in FOLLOWED or not location or context.decision.route.redirects.mode == "pass":
        return
    if _exposed(context, source, location) is None:
        shown = location.partition(b"?")[0][:200].decode("ascii", "backslashreplace")
        raise RedirectRefused(
            f"the upstream redirects to {shown}, which the {context.decision.route.dialect.name} "
            'form cannot express; the operator can set `redirects = "follow"` for bodies that fit'
        )


def for_client(context: ForwardContext, source: Target, fields: list[Field]) -> list[Field]:
    """Point Location and Content-Location into the gateway where their targets are admitted."""
    if context.decision.route.redirects.mode == "pass":
        return fields
    return [
        (name, _exposed(context, source, value) or _whole(source, value))
        if name.lower() in NAMES
        else (name, value)
        for name, value in fields
    ]


def _whole(source: Target, location: bytes) -> bytes:
    """Return *location* as a whole URL: a relative one would be read against the gateway."""
    try:
        target = resolve_reference(source, location)
    except BadTarget:
        return location
    _, hash_, fragment = location.partition(b"#")
    return b"https://" + str(target.authority).encode() + target.path + hash_ + fragment


def _exposed(context: ForwardContext, source: Target, location: bytes) -> bytes | None:
    try:
        target = resolve_reference(source, location)
    except BadTarget:
        return None
    route = context.decision.route
    if route.domain is None:
        # Slashes behind the authority are one in our own request targets (ADR 3).
        target = replace(target, path=b"/" + target.path.lstrip(b"/"))
    exposed = route.expose(target, context.decision.mount)
    if exposed is None:
        return None
    _, hash_, fragment = location.partition(b"#")
    origin = context.decision.terms.external_origin
    if route.domain is not None:  # a host of ours, perhaps another
        asked = origin or b"//" + (first(context.exchange.fields, b"host") or b"")
        return located(asked, exposed) + hash_ + fragment
    return origin + context.decision.stripped_prefix + exposed + hash_ + fragment
