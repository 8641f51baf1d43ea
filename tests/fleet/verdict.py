"""Whether a fleet kept what it promises: one line for everything that must not be."""

from collections.abc import Iterator

from soak.account import Failure, Kind, Sent, reconcile
from tests.fleet.account import Absence, Event, Happened, absences, explanation
from tests.fleet.story import Seen

BACK_S = 2.0  # within which a client that was told 1012 is to be back


def wrongs(seen: Seen) -> list[str]:
    return [*_of_clients(seen), *_of_accounts(seen), *_of_flows(seen)]


def slow(seen: Seen) -> list[str]:
    """Return what took too long: only a machine that does nothing else can be held to it."""
    late = [each for each in told_goodbye(seen) if each.lasted_s > BACK_S]
    most = max((each.lasted_s for each in late), default=0.0)
    found = f"{len(late)} clients were back later than {BACK_S:g} s after 1012, at most {most:.2f}"
    return [found] if late else []


def told_goodbye(seen: Seen) -> list[Absence]:
    return [each for each in absences(seen.load["sessions"]) if each.kind == Kind.GOODBYE]


def of_event(seen: Seen, happened: Happened) -> list[Failure]:
    """Return the failures that *happened* explains."""
    return [each for each in seen.failures if explanation(each, seen.happened) is happened]


def _of_clients(seen: Seen) -> Iterator[str]:
    for failure in seen.failures:
        if explanation(failure, seen.happened) is None:
            at = f"{failure.at_s - seen.begun_s:.1f} s"
            what = f"{failure.what} {failure.name}: {failure.kind} at {at}: {failure.detail}"
            yield f"nothing explains: {what}"
    if seen.late:
        yield f"{seen.late} clients could not be closed in the end"
    if seen.exit_code != 0:
        yield f"the gateway that drained ended with {seen.exit_code}, not 0"
    for happened in seen.happened:
        if not seen.answered[happened.event]:
            yield f"no request was answered: {happened.event}"
        goodbyes = Kind.GOODBYE in {each.kind for each in of_event(seen, happened)}
        if happened.event in (Event.DRAIN, Event.RELOAD) and not goodbyes:
            yield f"no client was told 1012: {happened.event}"


def _of_accounts(seen: Seen) -> Iterator[str]:
    if not sum(each["acknowledged"] for each in seen.load["sessions"].values()):
        yield "no message was acknowledged"
    yield from mishaps(seen)


def mishaps(seen: Seen) -> list[str]:
    """Return what does not agree between what clients sent and what the vendor received."""
    sessions = {
        name: Sent(values["sent"], values["acknowledged"])
        for name, values in seen.load["sessions"].items()
    }
    return [*reconcile(sessions, seen.upstream["received"]), *seen.upstream["faults"]]


def _of_flows(seen: Seen) -> Iterator[str]:
    for number, flow in enumerate(seen.load["flows"], 1):
        yield from (f"TURN flow {number}: {each}" for each in flow["wrong"])
        if not flow["returned"]:
            yield f"TURN flow {number}: nothing came back"
        if not flow["cuts"]:
            yield f"TURN flow {number}: it was not cut, though a balancer was lost"
