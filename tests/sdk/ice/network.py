"""One network on loopback: scripted vendors, a gateway that gives out credentials, a browser."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab.dns import Dns, Name
from tests.media.cases import Case
from tests.parity import gateways
from tests.parity.certificates import Certificates
from tests.parity.gateways import Place
from tests.sdk import browser, upstream
from tests.sdk.browser import Tab
from tests.sdk.mapping import GATEWAY, PAGES
from tests.sdk.networks import AnyName
from tests.sdk.routes import ROUTES

if TYPE_CHECKING:
    from playwright.async_api import Browser

NETWORK = "127.46.3"
# Plain TCP where Agora's older shape dials it, so that all forms of a URL are in an answer.
TURN = """
[turn]
name = "{name}"
addresses = ["203.0.113.5"]
secret_file = "{secret}"
tcp_port = 3478
allowed_origins = ["https://{pages}"]
credentials_per_address = "10000/hour"
"""
SECRET = "0123456789abcdef" * 4


@dataclass(frozen=True, slots=True)
class Room:
    browser: "Browser"

    @asynccontextmanager
    async def page(self, name: str, **parameters: str) -> AsyncIterator["SdkPage"]:
        """Open an SDK's page, whose connections are noted."""
        async with browser.tab(self.browser, name, parameters) as tab:
            await tab.page.add_script_tag(url=f"https://{PAGES}/pages/ice.js")
            yield SdkPage(tab)


@dataclass(frozen=True, slots=True)
class SdkPage:
    tab: Tab

    async def answer(self, sdk: str, mode: str) -> Any:
        """Ask the gateway, as the app would."""
        return await self.tab.page.evaluate("args => answered(...args)", [GATEWAY, sdk, mode])

    async def given(self, value: object, policy: str | None = None) -> "Given":
        """Give *value* to the SDK, and let it go on to a connection with servers.

        If it is to have none, it is known by its *policy*: SDKs make others to see what works.
        """
        told = await self.tab.page.evaluate("args => given(...args)", [value, policy])
        return Given(told["thrown"], told["connections"])


@dataclass(frozen=True, slots=True)
class Given:
    """What came of a value: an error of the SDK's, or connections.

    Each has iceServers, iceTransportPolicy and the browser's error, if there is one.
    """

    thrown: Mapping[str, Any] | None
    connections: list[Mapping[str, Any]]

    @property
    def last(self) -> Mapping[str, Any]:
        """Return what the newest connection was made with; fail if there is none."""
        assert self.connections, f"the SDK made no connection: {self.thrown}"
        return self.connections[-1]


def urls(connection: Mapping[str, Any]) -> tuple[str, ...]:
    each = [server["urls"] for server in connection["iceServers"]]
    return tuple(url for some in each for url in ([some] if isinstance(some, str) else some))


def assert_fails(case: Case, given: Given) -> None:
    """Assert that the one throws who should, with the words of our check."""
    if case.fails == "browser":
        assert case.says in (given.last["error"] or ""), given
        return
    assert given.thrown is not None, given
    name, code, sub = (given.thrown.get(key) for key in ("name", "code", "subCode"))
    said = f"{name} code {code}, subCode {sub}, {given.thrown['message']}"
    assert case.says in said
    assert given.connections == []


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Room]:
    certificates = Certificates(directory)
    vendors, gateway = f"{NETWORK}.1", f"{NETWORK}.2"
    secret = directory / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    turn = TURN.format(name=GATEWAY, secret=secret, pages=PAGES)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(upstream.running(vendors, certificates))
        dns = Dns()
        dns.zone = AnyName(Name(a=(vendors,)), {})
        await dns.start()
        stack.callback(dns.close)
        place = Place((gateway, 443), dns.address, (f"{NETWORK}.0/24",))
        stack.enter_context(gateways.sigproxy(directory, certificates, ROUTES + turn, place))
        names = {GATEWAY: gateway, "*": vendors}
        yield Room(await stack.enter_async_context(browser.running(names)))
