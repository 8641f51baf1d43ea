"""Firefox, driven over WebDriver BiDi: its own protocol, so that no driver has to be installed."""

import asyncio
import itertools
import json
import os
import re
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.shim.live.browser import LOAD_S, Console, Failed

PROGRAM = "firefox-esr"
_LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
_QUIET = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.newtabpage.enabled": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disableIPv6": True,
    "network.proxy.type": 0,
    "services.settings.server": "data:,",
    "toolkit.telemetry.unified": False,
    "media.autoplay.default": 0,
}


class FirefoxTab:
    """One page, in a browsing context of its own."""

    def __init__(self, firefox: "Firefox", context: str) -> None:
        self._firefox = firefox
        self.context = context
        self.console: Console = []

    async def goto(self, url: str) -> None:
        asked = {"context": self.context, "url": url, "wait": "complete"}
        await self._firefox.ask("browsingContext.navigate", asked)

    async def evaluate(self, expression: str) -> Any:
        """Return what the JavaScript *expression*, or the promise that it is, has as JSON."""
        answer = await self._firefox.ask(
            "script.evaluate",
            {
                "expression": f"Promise.resolve({expression}).then((it) => JSON.stringify(it))",
                "target": {"context": self.context},
                "awaitPromise": True,
            },
        )
        if answer["type"] == "exception":
            raise Failed(answer["exceptionDetails"]["text"])
        result = answer["result"]
        return json.loads(result["value"]) if result["type"] == "string" else None


class Firefox:
    """A running browser, and the connection over which it is asked."""

    name = "firefox"

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tabs: dict[str, FirefoxTab] = {}

    async def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        """Send a command and return its result; raise Failed with the browser's error."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        try:
            return await self._waiting[number]
        finally:
            del self._waiting[number]

    async def listen(self) -> None:
        """Hand on what the browser says, until it hangs up."""
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                break
            said = message.json()
            waiting = self._waiting.get(said.get("id"))
            if said["type"] == "event":
                self._note(said["params"])
            elif waiting is not None and said["type"] == "success":
                waiting.set_result(said["result"])
            elif waiting is not None:
                waiting.set_exception(Failed(f"{said['error']}: {said['message']}"))
        for waiting in self._waiting.values():
            waiting.set_exception(Failed("the browser hung up"))

    def _note(self, entry: dict[str, Any]) -> None:
        tab = self._tabs.get(entry.get("source", {}).get("context", ""))
        if tab is not None:
            tab.console.append((entry["level"], entry["text"]))

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[FirefoxTab]:
        """Open a page that shares nothing with earlier ones."""
        user = (await self.ask("browser.createUserContext", {}))["userContext"]
        asked = {"type": "tab", "userContext": user}
        tab = FirefoxTab(self, (await self.ask("browsingContext.create", asked))["context"])
        self._tabs[tab.context] = tab
        try:
            yield tab
        finally:
            del self._tabs[tab.context]
            await self.ask("browsingContext.close", {"context": tab.context})
            await self.ask("browser.removeUserContext", {"userContext": user})


def obstacle() -> str | None:
    if shutil.which(PROGRAM) is None:
        return f"there is no {PROGRAM}: apt-get install firefox-esr"
    return None


@asynccontextmanager
async def running(directory: Path, names: list[str]) -> AsyncIterator[Firefox]:
    """Run a Firefox for which *names* are on loopback, with its profile in *directory*."""
    profile = directory / "firefox"
    profile.mkdir()
    preferences = {**_QUIET, "network.dns.localDomains": ",".join(names)}
    lines = [f'user_pref("{key}", {json.dumps(value)});' for key, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--headless", "--no-remote", "--remote-debugging-port", "0"),
        *("--profile", str(profile)),
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "HOME": str(directory), "MOZ_CRASHREPORTER_DISABLE": "1"},
        start_new_session=True,
    )
    try:
        address = await _address(process)
        drained = asyncio.create_task(_drain(process))
        async with (
            ClientSession() as session,
            session.ws_connect(f"{address}/session", max_msg_size=0) as socket,
        ):
            firefox = Firefox(socket)
            listening = asyncio.create_task(firefox.listen())
            capabilities = {"alwaysMatch": {"acceptInsecureCerts": True}}
            await firefox.ask("session.new", {"capabilities": capabilities})
            await firefox.ask("session.subscribe", {"events": ["log.entryAdded"]})
            yield firefox
        await listening
        drained.cancel()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _address(process: Process) -> str:
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(LOAD_S):
        async for line in process.stdout:
            said += line
            if found := _LISTENING.search(line):
                return found[1].decode()
    raise Failed(f"Firefox did not start: {said.decode()}")


async def _drain(process: Process) -> None:
    assert process.stdout is not None
    async for _ in process.stdout:
        pass
