"""Agora: joining a channel, with a number or a name for the user."""

from collections.abc import Iterator

from tests.sdk import mapping
from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step, Stray

STRAYS = {
    "4.3.0": (
        Stray(
            r"^https://logservice\.agora\.io/upload/v1$",
            "the first log is sent before anybody can call setProxyServer",
            most=1,
        ),
    ),
}
NOISE = Noise(
    drawn=(
        # Service, perhaps a number, and one of three domains: several are asked, and the first
        # answer is taken.
        (
            r"(?<=//)([\w-]+?)(-\d+)?(\.edge|\.ap)?\.(agora\.io|agoraio\.cn|sd-rtn\.com)",
            r"\1.agora",
        ),
        # With a proxy server set, the SDK leaves this out by itself.
        (r"(?<=/api/v1)\?action=config$", ""),
    ),
    clocked=r"//statscollector\.|//logservice\.",
)
# The edge here speaks as much as older SDKs need to be content; 4.24 goes on trying.
CONNECTED = {"4.3.0": (Reached("connected", "connection", "CONNECTED"),)}
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

PATIENCE_S = 10.0  # it asks the same again, for ever


def _version(version: str) -> Iterator[Scenario]:
    def scenario(setting: str, *steps: Step, shim: str | None = None, **more: str) -> Scenario:
        joining = (
            CHOSEN[version],
            *steps,
            JOINED[version],
            *CONNECTED.get(version, ()),
            REPORTED,
            LOGGED,
        )
        return Scenario(
            sdk=f"Agora {version}",
            module=f"agora-{version}",
            setting=setting,
            page="agora",
            phases=(Phase("start", joining, PATIENCE_S, ends=version in CONNECTED),),
            proxy=f"{GATEWAY}/agora",
            own=f"{GATEWAY}/agora",
            form=mapping.agora,
            shim=shim,
            sampled=True,
            noise=NOISE,
            strays=STRAYS.get(version, ()),
            parameters={"version": version, **more},
        )

    yield scenario("join", shim=GATEWAY)
    yield scenario("user by name", NAMED, user="zoe")


def scenarios() -> Iterator[Scenario]:
    for version in CHOSEN:
        yield from _version(version)
