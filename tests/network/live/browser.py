"""The network test's page in a browser: loaded, run to its end, and what it shows then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.media.live.servers import NAME
from tests.network.live.site import KEY
from tests.sdk.browser import LOAD_MS

if TYPE_CHECKING:
    from playwright.async_api import Page

WAIT_S = 120.0
IDLE_S = 3  # what the silent WebSocket is held for, where that is not the subject
Opened = Callable[..., Awaitable["Page"]]
NODE_MODULES = Path(__file__).parents[1] / "node_modules"


# What a busy machine does to media is told rightly, and is no part of what is staged.
_OF_THE_MACHINE = {"media_lossy", "media_slow", "media_narrow"}


def staged(tokens: list[str]) -> list[str]:
    """Return *tokens* without what the machine's load adds."""
    return [token for token in tokens if token not in _OF_THE_MACHINE] or ["all_well"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended, as the page's report has it: for programs, and for people."""

    report: dict[str, Any]
    text: str

    @property
    def tokens(self) -> list[str]:
        return staged([each["token"] for each in self.report["findings"]])

    def step(self, name: str) -> Any:
        return self.report["steps"][name]


def url(name: str = NAME, key: str = KEY, idle_s: int = IDLE_S) -> str:
    return f"https://{name}/-/network/{key}#idle={idle_s}"


async def load(page: "Page", address: str) -> None:
    answer = await page.goto(address, timeout=LOAD_MS)
    assert answer is not None
    assert answer.ok, await answer.text()


async def run(page: "Page") -> Ended:
    """Press the button, wait for the end, and return what the report says."""
    await page.click("#start")
    await page.wait_for_selector("body[data-state=done]", timeout=WAIT_S * 1000)
    return Ended(await page.evaluate("reportData(last)"), await page.evaluate("reportText(last)"))


async def shown(page: "Page") -> list[str]:
    """Return the tokens of what stands on the page."""
    found: list[str] = await page.eval_on_selector_all(
        "#findings li", "items => items.map((each) => each.dataset.token)"
    )
    return staged(found)


def axe() -> Path | None:
    """Return axe-core's script; None if npm has not installed it."""
    script = NODE_MODULES / "axe-core" / "axe.min.js"
    return script if script.exists() else None
