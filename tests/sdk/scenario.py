"""What is played, and the steps by which it is judged."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.sdk import mapping
from tests.sdk.mapping import Form
from tests.sdk.record import Asked, Received, Run, Way

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

    def cell(self, scenario: "Scenario", run: Run) -> str:
        """Return "yes", or in a few words what became of it."""
        found = [
            (asked, url)
            for asked in run.asked
            if asked.method == self.method
            and (url := scenario.vendor_url(asked, run.way))
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
        fates = [_fate(*each) for each in reached]
        # The first that is decided: how often an SDK tries again hangs on its own timers.
        return next((fate for fate in fates if fate not in UNDECIDED), fates[0])


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

    def cell(self, scenario: "Scenario", run: Run) -> str:
        told = run.state.get(self.key)
        return YES if told == self.value or (told and self.value in told) else "no"


@dataclass(frozen=True, slots=True)
class Phase:
    """A function of the page, and the steps that it leads to.

    *patience_s* is how long an SDK that fails may go on before it tries something new: ACS asks
    for its configuration for 22 seconds, and then does without. *ends*: whether the function does,
    with this vendor; what the page's state says is complete only then.
    """

    function: str
    steps: tuple[Step | Reached, ...]
    patience_s: float = 35.0
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Stray:
    """What an SDK that has a setting sends past any gateway; *most* is how often."""

    url: str
    reason: str
    field: tuple[str, str] | None = None
    most: int | None = None

    def is_it(self, received: Received) -> bool:
        name, value = self.field or ("host", received.value("host") or "")
        return bool(re.search(self.url, received.url)) and received.value(name) == value


@dataclass(frozen=True, slots=True)
class Noise:
    """What differs between two runs of an SDK by chance, so that it is not compared.

    *drawn*: patterns, each with what to read in its place: what the SDK draws anew for each run.
    *clocked*: URLs of requests that are sent by the clock; their service alone is compared.
    *left_out*: URLs that the SDK does not ask for by itself once its setting names a gateway.
    """

    drawn: tuple[tuple[str, str], ...] = ()
    clocked: str | None = None
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One SDK with one setting, or with the page shim in its place, or with each in turn.

    *proxy* is what the page is told as its setting, behind which the SDK is expected at *own*,
    which is the gateway's name and the route's prefix, in *form*; None if it has no setting.
    *shim* is the name and the prefix behind which the page loads the shim; None if it does not.
    *module* is the SDK's folder in node_modules, from which the page loads it; *sdk* ends with the
    version there.
    """

    sdk: str
    setting: str
    page: str
    phases: tuple[Phase, ...]
    proxy: str | None = None
    own: str = mapping.GATEWAY
    form: Form = mapping.path
    shim: str | None = None
    module: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    refuses_websockets: bool = False
    sampled: bool = False  # whether it is played through the sample as well
    strays: tuple[Stray, ...] = ()
    noise: Noise = Noise()

    @property
    def id(self) -> str:
        return re.sub(r"[^a-z0-9.]+", "-", f"{self.sdk} {self.setting}".lower())

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return how it runs through sigproxy."""
        return tuple(self._ways())

    def _ways(self) -> Iterator[Way]:
        if self.proxy is not None:
            yield Way.SETTING
        if self.shim is not None:
            yield Way.SHIM

    @property
    def steps(self) -> tuple[Step | Reached, ...]:
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def control(self) -> tuple[object, ...]:
        """What a run without a gateway depends on; scenarios that agree in it share that run."""
        return self.page, self.module, tuple(self.parameters.items()), self.refuses_websockets

    def vendor_url(self, asked: Asked, way: Way) -> str | None:
        """Return what *asked* is for; None if it was to go through the gateway and did not."""
        if way is Way.DIRECT:
            return mapping.normal(asked.url)
        if way is Way.SHIM:
            return mapping.meant(asked.url, self.shim or mapping.GATEWAY, mapping.path)
        return mapping.meant(asked.url, self.own, self.form)
