"""What a case may claim. Each function here returns a check: observation -> problem or None."""

from tests.parity.model import Check, Observation


def either(*checks: Check) -> Check:
    """One of *checks* finds nothing wrong."""

    def check(seen: Observation) -> str | None:
        problems = [each(seen) for each in checks]
        return " / ".join(filter(None, problems)) if all(problems) else None

    return check
