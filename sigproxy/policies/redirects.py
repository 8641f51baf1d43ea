"""What to do with an upstream's 3xx response (RFC 9110, 15.4; Fetch, 4.4; ADR 7)."""

from dataclasses import dataclass
from typing import Literal

from sigproxy.errors import BadTarget, RedirectRefused
from sigproxy.policies.targets import TargetPolicy
from sigproxy.semantics.target import Target, resolve_reference

MAX_HOPS = 5  # curl 50, Chromium 20; a signaling call that needs more is a loop
FOLLOWED = frozenset({301, 302, 303, 307, 308})

Mode = Literal["follow", "rewrite", "pass"]


@dataclass(frozen=True, slots=True)
class Follow:
    """Send the request again, to *target*, with *method*, and with the same body if *with_body*."""

    target: Target
    method: str
    with_body: bool
    cross_origin: bool  # if so, the credentials are not sent


@dataclass(frozen=True, slots=True)
class PassThrough:
    """Send the response to the client."""


@dataclass(frozen=True, slots=True)
class RedirectPolicy:
    mode: Mode = "follow"

    def decide(
        self,
        *,
        status: int,
        location: bytes | None,
        source: Target,
        method: str,
        hops: int,
        replayable: bool,
        targets: TargetPolicy,
    ) -> Follow | PassThrough:
        """Return what to do with the response of *source*; raise RedirectRefused.

        *hops* redirects were followed before this one. *replayable*: the request's body can be
        sent again. If an admitted target is not followed, the caller rewrites Location.
        """
        if self.mode == "pass" or status not in FOLLOWED or not location:
            return PassThrough()
        target = self._admitted(location, source, targets)
        if self.mode == "rewrite":
            return PassThrough()
        if hops >= MAX_HOPS:
            shown = str(target).partition("?")[0]  # a query may hold a token
            raise RedirectRefused(f"more than {MAX_HOPS} redirects in a row; the last to {shown}")
        # 301 and 302 keep method and body too, as in the vendors' NGINX sample. SDKs rely on it: a
        # POST that sets up a call must not become a GET.
        see_other = status == 303 and method != "HEAD"
        if not see_other and not replayable:
            return PassThrough()
        return Follow(
            target=target,
            method="GET" if see_other else method,
            with_body=not see_other,
            cross_origin=target.authority != source.authority,
        )

    def _admitted(self, location: bytes, source: Target, targets: TargetPolicy) -> Target:
        try:
            target = resolve_reference(source, location)
        except BadTarget as error:
            raise RedirectRefused(f"the upstream redirects to no usable URL: {error}") from error
        if not targets.admits(target.authority):
            raise RedirectRefused(
                f"the upstream redirects to {target.authority}, which is not among this route's "
                "targets; if it belongs to the vendor, the gateway's operator can add it"
            )
        return target
