"""What there is to say of an error."""

from functools import partial
from typing import Literal, NamedTuple

Gravity = Literal["fault", "warning", "notice", "quiet"]
GRAVITIES: tuple[Gravity, ...] = ("fault", "warning", "notice", "quiet")  # the worst first


class Remedy(NamedTuple):
    """*what* may name ``{place}``: a vendor's host, or whatever it is about.

    *gravity* "fault": something does not work, "warning": it will not, or not for everybody,
    "notice": the gateway did what it should, and somebody is refused, "quiet": a client's own.
    """

    gravity: Gravity
    what: str
    how: str


fault = partial(Remedy, "fault")
warning = partial(Remedy, "warning")
notice = partial(Remedy, "notice")
quiet = partial(Remedy, "quiet")

BACKGROUND = "Nothing to do, unless an app should have got through: then see the access log."
