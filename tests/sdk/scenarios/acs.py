"""Azure Communication Services: calling, with each kind of token, and without WebSockets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.sdk.mapping import COMMERCIAL, GATEWAY, KEY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step, Stray

VERSIONS = NEWEST, MIDDLE, OLDEST = "2.0.0", "1.46.1", "1.25.1"
TELEMETRY_OF_MEDIA = Stray(
    r"^https://ic3\.events\.data\.microsoft\.com/OneCollector/1\.0/\?",
    "the media stack has a telemetry of its own, which does not know the proxy",
    field=("client-version", "1DS-Web-JS-4.2.1"),
)
NOISE = Noise(
    drawn=((r" \(onlyUsedProxy\)\.", ""),),  # what the SDK says of its own setting
    clocked=r"\.events\.data\.microsoft\.com/OneCollector/",
)
SHAKEN = Step("handshake", "GET", r"^https://pub-ent-[^/]*/socket\.io/1/\?")
OPENED_BY_SESSION = Step("WebSocket", "GET", r"^wss://pub-ent-[^/]*/socket\.io/1/websocket/")
POLLED = Step("long poll", "GET", r"/socket\.io/1/xhr-polling/")
POSTED = Step("long poll's POST", "POST", r"/socket\.io/1/xhr-polling/")
RELAY = Step("TURN credentials", "GET", r"//edge\.skype\.com/trap/tokens$")
AGENT = Reached("call agent", "agent", "created")
JOINING = Reached("call connecting", "call", "Connecting")
SET_UP = Step("call set-up", "POST", r"/api/v2/cpconv$")
TELEMETRY = Step("telemetry", "POST", r"\.events\.data\.microsoft\.com/OneCollector/")
DISPOSED = Reached("agent disposed", "agent", "disposed")


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where an access token sends the SDK."""

    token: Mapping[str, str]
    configuration: str = "ecs.communication.microsoft.com"
    trouter: str = "go.trouter.communication.microsoft.com"
    registrar: str = "registrar.(communication.microsoft|skype).com"

    def connected(self, version: str, by_polling: bool) -> tuple[Step, ...]:
        """Return the steps to a channel for events."""
        check = Step("Trouter check", "GET", rf"//{self.trouter}/\?check=")
        socket = Step("WebSocket", "GET", rf"^wss://{self.trouter}/v4/c\?", message="")
        allocation = Step("Trouter allocation", "POST", rf"//{self.trouter}/v4/a\?")
        if by_polling:
            return allocation, SHAKEN, POLLED
        if version != OLDEST:
            return check, socket
        return allocation, SHAKEN, OPENED_BY_SESSION

    @property
    def configured(self) -> Step:
        return Step("configuration", "GET", rf"//{self.configuration}/config/v1/")

    @property
    def registered(self) -> Step:
        return Step("registration", "POST", rf"{self.registrar}/([a-z/]+/)?v3/registrations$")

    @property
    def deregistered(self) -> Step:
        return Step("deregistration", "DELETE", rf"{self.registrar}/.*/registrations/")


PUBLIC = Cloud({})
EUROPE = Cloud(
    {"location": "europe", "region": "emea"}, trouter="go-eu.trouter.communication.microsoft.com"
)
GOVERNMENT = Cloud(
    {"cloud": "gcch-acs"},
    configuration="config.ecs.gov.teams.microsoft.us",
    trouter="go.trouter.gov.teams.microsoft.us",
    registrar="gov.teams.microsoft.us",
)


def _version(version: str) -> Iterator[Scenario]:
    def scenario(
        setting: str,
        cloud: Cloud = PUBLIC,
        own: str = GATEWAY,
        refuses: bool = False,
        shim: str | None = None,
    ) -> Scenario:
        connected = cloud.connected(version, refuses)
        started = (cloud.configured, *connected, RELAY, cloud.registered, AGENT, JOINING, SET_UP)
        left = (cloud.deregistered, DISPOSED)
        return Scenario(
            sdk=f"ACS Calling {version}",
            module=f"acs-{version}",
            setting=setting,
            page="acs",
            phases=(
                Phase("start", (*started, TELEMETRY)),
                Phase("leave", (POSTED, *left) if refuses else left),
            ),
            proxy=f"https://{own}/",
            own=own,
            parameters=cloud.token,
            refuses_websockets=refuses,
            shim=shim,
            sampled=version != MIDDLE,
            noise=NOISE,
            strays=() if version == OLDEST else (TELEMETRY_OF_MEDIA,),
        )

    yield scenario("WebSocket", shim=GATEWAY)
    yield scenario("WebSocket refused", refuses=True)
    if version == MIDDLE:
        return
    yield scenario("EU token", EUROPE)
    yield scenario("government token", GOVERNMENT)
    yield scenario("gateway under .com", own=COMMERCIAL)
    yield scenario("mount prefix", own=f"{GATEWAY}/acs/v1")
    keyed = f"{GATEWAY}/keyed/{KEY}"
    yield scenario("access key", own=keyed, shim=keyed)


def scenarios() -> Iterator[Scenario]:
    for version in VERSIONS:
        yield from _version(version)
