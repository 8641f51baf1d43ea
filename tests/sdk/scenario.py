"""What is played, and the steps by which it is judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.sdk import mapping
from tests.sdk.mapping import Form
from tests.sdk.record import Asked, Run

YES = "yes"
UNDECIDED = {"no request", "no answer", "no message", "no"}  # it may still come
CAPITAL = re.compile(r"[A-Z]")
HANDSHAKE_STATUS = re.compile(r"response code: (\d{3})")


@dataclass(frozen=True, slots=True)
class Step:
    """A request that gets through: the browser made it, its vendor got it, the page its answer.

    *url* is searched for in the vendor's URL, whichever way the request takes; *message* in what
    the page says on a WebSocket.
    """

    name: str
    method: str
    url: str
    message: str | None = None

    def cell(self, scenario: "Scenario", run: Run, proxied: bool) -> str:
        """Return "yes", or in a few words what became of it."""
        found = [
            (asked, url)
            for asked in run.asked
            if asked.method == self.method
            and (url := scenario.vendor_url(asked, proxied))
            and re.search(self.url, url)
        ]
        if not found:
            return "no request"
        arrived = {
            (each.method, mapping.normal(each.url))
            for each in run.received
            if self.message is None or any(self.message in str(text) for text in each.messages)
        }
        reached = [(asked, (asked.method, url) in arrived) for asked, url in found]
        if any(asked.has_succeeded and is_there for asked, is_there in reached):
            return YES
        return _fate(*reached[-1])


def _fate(asked: Asked, is_there: bool) -> str:
    if asked.is_websocket and asked.status == 101:
        return "no message"
    if found := HANDSHAKE_STATUS.search(asked.failure or ""):
        return found[1]
    if asked.cors_error:
        words = CAPITAL.sub(r" \g<0>", asked.cors_error)
        return f"CORS:{words.lower()}"
    if asked.status and asked.status >= 400:
        return str(asked.status)
    if asked.failure:
        return "broken off"
    return "another host" if asked.status and not is_there else "no answer"


@dataclass(frozen=True, slots=True)
class Reached:
    """A state that the SDK itself tells of: *key* of the page's state is or holds *value*."""

    name: str
    key: str
    value: str

    def cell(self, scenario: "Scenario", run: Run, proxied: bool) -> str:
        told = run.state.get(self.key)
        return YES if told == self.value or (told and self.value in told) else "no"


@dataclass(frozen=True, slots=True)
class Phase:
    """A function of the page, and the steps that it leads to.

    *patience_s* is how long an SDK that fails may go on before it tries something new: ACS asks
    for its configuration for 22 seconds, and then does without.
    """

    function: str
    steps: tuple[Step | Reached, ...]
    patience_s: float = 35.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One SDK with one setting; *proxy* goes into it unless it is to run without a gateway."""

    sdk: str
    setting: str
    page: str
    phases: tuple[Phase, ...]
    proxy: str
    own: str = mapping.GATEWAY  # the gateway's name and the route's prefix
    form: Form = mapping.path
    parameters: Mapping[str, str] = field(default_factory=dict)
    refuses_websockets: bool = False

    @property
    def id(self) -> str:
        return re.sub(r"[^a-z0-9.]+", "-", f"{self.sdk} {self.setting}".lower())

    @property
    def steps(self) -> tuple[Step | Reached, ...]:
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def control(self) -> tuple[object, ...]:
        """What a run without a gateway depends on; scenarios that agree in it share that run."""
        return self.page, tuple(self.parameters.items()), self.refuses_websockets

    def vendor_url(self, asked: Asked, proxied: bool) -> str | None:
        """Return what *asked* is for; None if it was to go through the gateway and did not."""
        if not proxied:
            return mapping.normal(asked.url)
        return mapping.meant(asked.url, self.own, self.form)
