"""The web application, its vendor and the gateways: everything that a page of the suite asks."""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.lab.dns import Name
from tests.lab.lab import Lab, Running
from tests.lab.pki import Pki
from tests.shim.live.vendor import Vendor

HERE = Path(__file__).parent
CASES = sorted(path.name for path in (HERE / "cases").glob("*.js"))
APP, VENDOR, OTHER = "app.example", "api.vendor.example", "other.example"
# Addresses that are nobody's (RFC 5737, RFC 3849).
NETWORKS = ["198.51.100.128/25:4001-4999", "203.0.113.7/32", "[2001:db8::/32]:*", "192.0.2.9"]
GATEWAY, SECOND = "gateway.example", "second.example"
NAMES = [APP, VENDOR, OTHER, GATEWAY, SECOND]
KEY, ICE_KEY = "2d711642b726b04401627ca9fbac32f5", "5d41402abc4b2a76"


@dataclass(slots=True)
class Pages:
    """The application's server: pages made by tests, the suite's scripts, and files of its own."""

    vendor: Vendor
    made: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/page/{name}", self._page)
        application.router.add_get("/seen/{id}", self._seen)
        application.router.add_get("/script/{name}", self._script)
        for folder in ("pages", "cases", "own"):
            application.router.add_static(f"/{folder}/", HERE / folder)
        application.router.add_static("/page/own/", HERE / "own")
        return application

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.made:
            raise web.HTTPNotFound
        text, headers = self.made[name]
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _script(self, request: web.Request) -> web.Response:
        text = self.scripts[request.match_info["name"]]
        return web.Response(text=text, content_type="text/javascript")

    async def _seen(self, request: web.Request) -> web.Response:
        return web.json_response(self.vendor.kept[request.match_info["id"]])


@dataclass(slots=True)
class Site:
    pages: Pages
    vendor: Vendor
    gateway: Running
    second: Running
    document: dict[str, Any]  # the gateway's configuration
    app_port: int
    vendor_port: int

    @property
    def app(self) -> str:
        return f"https://{APP}:{self.app_port}"

    @property
    def base(self) -> str:
        """The gateway's URL."""
        return f"https://{GATEWAY}:{self.gateway.port}"

    @property
    def second_base(self) -> str:
        return f"https://{SECOND}:{self.second.port}"

    @property
    def upstream(self) -> str:
        return f"https://{VENDOR}:{self.vendor_port}"

    def tag(self, attributes: str = "", path: str = "", base: str = "") -> str:
        return f'<script src="{base or self.base}{path}/-/shim.js" {attributes}></script>'

    def page(self, head: str = "", *, csp: str = "") -> str:
        """Return the URL of a new page that has *head* before the suite's own scripts."""
        name = str(len(self.pages.made))
        scripts = ["pages/harness.js", *(f"cases/{each}" for each in CASES)]
        text = (
            f"<!doctype html><meta charset=utf-8><title>shim</title>{head}<body>"
            f"<script>const settings = {json.dumps(self._settings())};</script>"
        ) + "".join(f'<script src="/{each}"></script>' for each in scripts)
        self.pages.made[name] = text, {"Content-Security-Policy": csp} if csp else {}
        return f"{self.app}/page/{name}"

    def _settings(self) -> dict[str, str]:
        other = f"https://{OTHER}:{self.vendor_port}"
        return {"vendor": self.upstream, "other": other, "gateway": self.base}


@asynccontextmanager
async def running(pki: Pki, directory: Path) -> AsyncIterator[Site]:
    vendor = Vendor()
    secret = directory / "turn-secret"
    secret.write_text("5f0c9b1e7a3d4826" * 3 + "\n")
    secret.chmod(0o600)
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context(Lab(pki))
        for name in (VENDOR, OTHER, APP):
            lab.dns.zone[name] = Name(("127.0.0.1",))
        tls = pki.upstream()
        vendor_port = await _serve(stack, vendor.application(), tls)
        pages = Pages(vendor)
        app_port = await _serve(stack, pages.application(), tls)
        app = f"https://{APP}:{app_port}"
        routes, turn = _routes(vendor_port, app), _turn(secret, app)
        document = {"turn": turn, "route": routes}
        limits = {"connections_per_address": 4000}
        gateway = await lab.gateway(tls=True, route=routes, turn=turn, limits=limits)
        second = await lab.gateway(tls=True, route=routes, limits=limits)
        yield Site(pages, vendor, gateway, second, document, app_port, vendor_port)


def _routes(vendor_port: int, app: str) -> list[dict[str, Any]]:
    hosts = [f"*.vendor.example:{vendor_port}"]
    return [
        {"targets": hosts, "allowed_origins": [app]},
        {"prefix": "/acs/eu", "targets": hosts, "keys": [KEY]},
        {"prefix": "/wide", "targets": ["*:*"]},
        {"prefix": "/off", "targets": hosts, "shim": False},
        {"prefix": "/net", "targets": NETWORKS, "allowed_origins": [app]},
        {"prefix": "/app", "dialect": "fixed", "upstream": f"{app}/"},
    ]


def _turn(secret: Path, app: str) -> dict[str, Any]:
    return {
        "name": "turn.example",
        "secret_file": str(secret),
        "keys": [ICE_KEY],
        "allowed_origins": [app],
        "credentials_per_address": "10000/hour",
    }


async def _serve(stack: AsyncExitStack, application: web.Application, tls: ssl.SSLContext) -> int:
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    return int(runner.addresses[0][1])
