"""Chromium, and what its pages ask of the network as the DevTools protocol tells it."""

import base64
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.sdk.mapping import PAGES
from tests.sdk.record import Asked, Message

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

PROGRAM = "/usr/bin/chromium"
LOAD_MS = 60_000
LARGEST_BODY = 64 << 20  # bytes
ARGUMENTS = (
    "--no-sandbox",  # root's Chromium has none
    "--disable-quic",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
# Chromium looks for updates of its own; that is no SDK's request.
OWN_SERVICES = ("*.google.com", "*.googleapis.com", "*.gvt1.com")
TEXT_FRAME = 1  # RFC 6455, 5.2
LOCAL = ("data:", "blob:", "about:")


def obstacle() -> str | None:
    """Return why no page can be opened on this machine; None if one can."""
    if find_spec("playwright") is None:
        return "playwright is not installed: make .venv/.sdk installs it"
    if shutil.which(PROGRAM) is None:
        return f"there is no {PROGRAM}: apt-get install chromium"
    return None


@asynccontextmanager
async def running(names: Mapping[str, str]) -> AsyncIterator["Browser"]:
    """Run a Chromium for which each pattern of *names* is at an address of ours."""
    from playwright.async_api import async_playwright

    rules = [f"MAP {name} ~NOTFOUND" for name in OWN_SERVICES]
    rules += [f"MAP {name} {address}" for name, address in names.items()]
    arguments = [*ARGUMENTS, f"--host-resolver-rules={','.join(rules)}"]
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=PROGRAM, args=arguments) as browser,
    ):
        yield browser


class Journal:
    """Every request of a page, from the moment that it was made."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._by_id: dict[str, Asked] = {}
        self._session: CDPSession | None = None

    async def follow(self, session: "CDPSession") -> None:
        self._session = session
        for event, note in (
            ("requestWillBeSent", self._requested),
            ("responseReceived", self._answered),
            ("loadingFinished", self._ended),
            ("loadingFailed", self._failed),
            ("webSocketCreated", self._opening),
            ("webSocketWillSendHandshakeRequest", self._shaking),
            ("webSocketHandshakeResponseReceived", self._answered),
            ("webSocketFrameError", self._broke),
            ("webSocketFrameSent", self._sent),
            ("webSocketFrameReceived", self._heard),
            ("webSocketClosed", self._ended),
        ):
            session.on(f"Network.{event}", note)
        await session.send("Network.enable", {"maxPostDataSize": LARGEST_BODY})

    async def complete(self) -> None:
        """Ask for the bodies that the events left out."""
        for number, asked in list(self._by_id.items()):  # more may come while one is asked for
            if asked.body is None and self._session is not None:
                answer = await self._session.send(
                    "Network.getRequestPostData", {"requestId": number}
                )
                asked.body = answer["postData"].encode("latin-1")

    def _requested(self, event: dict[str, Any]) -> None:
        request = event["request"]
        if event["initiator"]["type"] == "preflight" or request["url"].startswith(LOCAL):
            return
        asked = Asked(request["method"], request["url"], _fields(request), _body(request))
        self.asked.append(asked)
        self._by_id[event["requestId"]] = asked

    def _opening(self, event: dict[str, Any]) -> None:
        asked = Asked("GET", event["url"], {}, b"", is_websocket=True)
        self.asked.append(asked)
        self._by_id[event["requestId"]] = asked

    def _shaking(self, event: dict[str, Any]) -> None:
        if asked := self._by_id.get(event["requestId"]):
            asked.fields = _fields(event["request"])

    def _answered(self, event: dict[str, Any]) -> None:
        if asked := self._by_id.get(event["requestId"]):
            asked.status = event["response"]["status"]

    def _ended(self, event: dict[str, Any]) -> None:
        if asked := self._by_id.get(event["requestId"]):
            asked.has_ended = True

    def _failed(self, event: dict[str, Any]) -> None:
        if asked := self._by_id.get(event["requestId"]):
            asked.has_ended = True
            asked.failure = event["errorText"]
            asked.cors_error = event.get("corsErrorStatus", {}).get("corsError")

    def _broke(self, event: dict[str, Any]) -> None:
        if asked := self._by_id.get(event["requestId"]):
            asked.failure = event["errorMessage"]

    def _sent(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        if asked := self._by_id.get(event["requestId"]):
            asked.messages.append(_message(frame["opcode"], frame["payloadData"]))

    def _heard(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        if asked := self._by_id.get(event["requestId"]):
            asked.replies.append(_message(frame["opcode"], frame["payloadData"]))


def _fields(request: dict[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in request["headers"].items()}


def _body(request: dict[str, Any]) -> bytes | None:
    """Return the body; None if the protocol does not tell it (it is made of files)."""
    entries = request.get("postDataEntries", [])
    if not request.get("hasPostData"):
        return b""
    if not entries or any("bytes" not in entry for entry in entries):
        return None
    return b"".join(base64.b64decode(entry["bytes"]) for entry in entries)


def _message(opcode: int, payload: str) -> Message:
    return payload if opcode == TEXT_FRAME else base64.b64decode(payload)


@dataclass(slots=True)
class Tab:
    """One page of the web application, with nothing left of earlier ones."""

    page: "Page"
    journal: Journal
    console: list[str]

    async def state(self) -> dict[str, Any]:
        return dict(await self.page.evaluate("state"))


@asynccontextmanager
async def tab(
    browser: "Browser", name: str, parameters: Mapping[str, str], host: str = PAGES
) -> AsyncIterator[Tab]:
    """Open the page *name* of *host* with *parameters* in its query."""
    # The browser is no subject of the suite: it takes any certificate.
    context = await browser.new_context(ignore_https_errors=True)
    try:
        page = await context.new_page()
        opened = Tab(page, Journal(), [])
        page.on("console", lambda message: opened.console.append(message.text))
        page.on("pageerror", lambda error: opened.console.append(str(error)))
        await page.goto(
            f"https://{host}/pages/{name}.html?{urlencode(parameters)}", timeout=LOAD_MS
        )
        await opened.journal.follow(await context.new_cdp_session(page))
        yield opened
    finally:
        await context.close()
