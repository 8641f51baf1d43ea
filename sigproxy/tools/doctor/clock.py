"""This machine's clock against the Date of those who answer (RFC 9110, 6.6.1)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from statistics import median

from sigproxy.tools.doctor.finding import Finding, failure, warning, well

NAME = "clock"
# A TURN credential is made of a time, and a certificate's begins at one. Dates are whole seconds.
NOTABLE_S, TOO_MUCH_S = 5.0, 60.0
_REMEDY = "let the machine keep time by NTP: timedatectl set-ntp true"


def skew_of(date: str, now: datetime) -> float | None:
    """Return by how many seconds *now* is ahead of the field *date*; None if it is not one."""
    try:
        there = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    return (now - (there if there.tzinfo else there.replace(tzinfo=UTC))).total_seconds()


def judge(skews: Sequence[float], against: str) -> Finding:
    """Return what the median of *skews* says; one server's clock may be wrong itself."""
    if not skews:
        what = f"nothing to compare it with: no answer of {against} had a Date"
        return warning(NAME, "clock_unknown", what, "mend what else is reported")
    skew_s = median(skews)
    side = "ahead of" if skew_s > 0 else "behind"
    asked = f" ({len(skews)} asked)" if len(skews) > 1 else ""
    what = f"this machine's is {abs(skew_s):.0f} s {side} {against}{asked}"
    if abs(skew_s) >= TOO_MUCH_S:
        return failure(NAME, "clock_skew", what, _REMEDY)
    if abs(skew_s) >= NOTABLE_S:
        return warning(NAME, "clock_skew", what, _REMEDY)
    return well(NAME, f"within {NOTABLE_S:g} s of {against}{asked}")
