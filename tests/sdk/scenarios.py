"""Every scenario of the suite."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.sdk import mapping
from tests.sdk.mapping import BARE, COMMERCIAL, GATEWAY
from tests.sdk.routes import KEY
from tests.sdk.scenario import Phase, Reached, Scenario, Step

ACS_VERSIONS = ("2.0.0", "1.25.1")
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
        if version.startswith("2."):
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


def acs(version: str) -> Iterator[Scenario]:
    def scenario(
        setting: str, cloud: Cloud = PUBLIC, own: str = GATEWAY, refuses: bool = False
    ) -> Scenario:
        connected = cloud.connected(version, refuses)
        started = (cloud.configured, *connected, RELAY, cloud.registered, AGENT, JOINING, SET_UP)
        left = (cloud.deregistered, DISPOSED)
        return Scenario(
            sdk=f"ACS Calling {version}",
            setting=setting,
            page="acs",
            phases=(
                Phase("start", (*started, TELEMETRY)),
                Phase("leave", (POSTED, *left) if refuses else left),
            ),
            proxy=f"https://{own}/",
            own=own,
            parameters={"version": version, **cloud.token},
            refuses_websockets=refuses,
        )

    yield scenario("WebSocket")
    yield scenario("WebSocket refused", refuses=True)
    yield scenario("EU token", EUROPE)
    yield scenario("government token", GOVERNMENT)
    yield scenario("gateway under .com", own=COMMERCIAL)
    yield scenario("mount prefix", own=f"{GATEWAY}/acs/v1")
    yield scenario("access key", own=f"{GATEWAY}/keyed/{KEY}")


WATCHED = Step("WebSocket", "GET", r"^wss://watchrtc-server\.cyara\.com/\?apiKey=", message="")
TRACED = Step("/trace", "POST", r"//watchrtc-server\.cyara\.com/trace$")
FAULT = Step("/error", "POST", r"//watchrtc-server\.cyara\.com/error$")


def watchrtc() -> Iterator[Scenario]:
    def scenario(
        setting: str, proxy: str, steps: tuple[Step, ...] = (WATCHED, FAULT), **more: Any
    ) -> Scenario:
        return Scenario(
            "watchRTC 1.43.1", setting, "watchrtc", (Phase("start", steps),), proxy, **more
        )

    host = f"wss://{GATEWAY}/{mapping.WATCHRTC}"
    yield scenario("host in the URL", host)
    yield scenario("host in the URL, slash at the end", f"{host}/")
    yield scenario("bare URL", f"wss://{BARE}", own=BARE, form=mapping.watchrtc)
    yield scenario(
        "bare URL with a prefix",
        f"wss://{GATEWAY}/watchrtc",
        own=f"{GATEWAY}/watchrtc",
        form=mapping.watchrtc,
    )
    yield scenario(
        "WebSocket refused",
        host,
        (TRACED, FAULT),
        parameters={"early": "yes"},
        refuses_websockets=True,
    )


CHOSEN = {
    "4.24.8": Step("choice of a server", "POST", r"/api/v2/transpond/webrtc\?v=2$"),
    "4.3.0": Step("choice of a server", "POST", r"/api/v1\?action=wrtc_gateway$"),
}
EDGE = r"^wss://127-0-0-1\.edge\.[^/]*:4700/$"
JOINED = {
    "4.24.8": Step("join_v3", "GET", EDGE, message='"join_v3"'),
    "4.3.0": Step("join_v2", "GET", EDGE, message='"join_v2"'),
}
NAMED = Step("number for a user's name", "POST", r"/api/v1\?action=stringuid$")
REPORTED = Step("reports", "POST", r"//statscollector-1\.[^/]*/events/messages$")
LOGGED = Step("log", "POST", r"//logservice\.[^/]*/upload/v1$")


AGORA_PATIENCE_S = 10.0  # it asks the same again, for ever


def agora(version: str) -> Iterator[Scenario]:
    def scenario(setting: str, *steps: Step, **more: str) -> Scenario:
        joining = (CHOSEN[version], *steps, JOINED[version], REPORTED, LOGGED)
        return Scenario(
            sdk=f"Agora {version}",
            setting=setting,
            page="agora",
            phases=(Phase("start", joining, AGORA_PATIENCE_S),),
            proxy=f"{GATEWAY}/agora",
            own=f"{GATEWAY}/agora",
            form=mapping.agora,
            parameters={"version": version, **more},
        )

    yield scenario("join")
    yield scenario("user by name", NAMED, user="zoe")


def opentok() -> Iterator[Scenario]:
    steps = (
        Step("configuration", "GET", r"//config\.opentok\.com/project/"),
        Step("session", "GET", r"//anvil\.opentok\.com/session/"),
        Step("WebSocket", "GET", r"^wss://mantis-prod-us\.opentok\.com/rumor", message=""),
        Step("log", "POST", r"//hlg\.tokbox\.com/prod/logging/"),
    )
    yield Scenario(
        "OpenTok 2.35.2", "connect", "opentok", (Phase("start", steps),), f"https://{GATEWAY}"
    )
    yield Scenario(
        "OpenTok 2.35.2",
        "mount prefix",
        "opentok",
        (Phase("start", steps),),
        f"https://{GATEWAY}/acs/v1",
        f"{GATEWAY}/acs/v1",
    )


def daily() -> Iterator[Scenario]:
    steps = (
        Step("bundle", "GET", r"//c\.daily\.co/.*-bundle\.js$"),
        Reached("bundle runs", "bundle", "ran"),
    )
    yield Scenario("Daily 0.87.0", "join", "daily", (Phase("start", steps),), f"https://{GATEWAY}")


SCENARIOS = [
    *(scenario for version in ACS_VERSIONS for scenario in acs(version)),
    *watchrtc(),
    *(scenario for version in CHOSEN for scenario in agora(version)),
    *opentok(),
    *daily(),
]
