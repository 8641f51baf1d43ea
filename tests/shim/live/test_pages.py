"""Pages that make it hard for the shim: nothing breaks, and what is not covered is said."""

from string import Template

import pytest

from tests.shim.live.browser import Browser, Tab
from tests.shim.live.site import KEY, SECOND, VENDOR, Site

pytestmark = [pytest.mark.shim, pytest.mark.asyncio(loop_scope="session")]

# Asks the vendor in several ways; the URLs as the page sees them.
ASKED = """(async () => {
  const answer = await fetch(`${settings.vendor}/status/200`);
  const socket = new WebSocket(`${settings.vendor.replace("https", "wss")}/ws`);
  await new Promise((done) => (socket.onopen = socket.onerror = done));
  socket.close();
  const xhr = new XMLHttpRequest();
  xhr.open("GET", `${settings.vendor}/status/200`, false);
  xhr.send();
  return [answer.url, socket.url, xhr.responseURL];
})()"""
SHIM = "JSON.parse(JSON.stringify(window.sigproxy || null))"


def said(tab: Tab) -> list[str]:
    return [text for _, text in tab.console if text.startswith("sigproxy")]


async def sees_the_vendor(site: Site, tab: Tab) -> None:
    """Check that what the page asks goes through the gateway, and that it does not see that."""
    site.vendor.strays.clear()
    secure = site.upstream.replace("https", "wss")
    seen = await tab.evaluate(ASKED)
    assert seen == [f"{site.upstream}/status/200", f"{secure}/ws", f"{site.upstream}/status/200"]
    assert site.vendor.strays == []


async def test_what_a_person_sees(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag()))
        await sees_the_vendor(site, tab)
        shim = await tab.evaluate(SHIM)
        assert shim["hosts"] == [f"*.vendor.example:{site.vendor_port}"]
        assert (shim["requests"], shim["missing"]) == (3, [])
        assert said(tab) == [
            f"sigproxy {shim['version']}: requests to *.vendor.example:{site.vendor_port} go "
            f"through gateway.example:{site.gateway.port}"
        ]


async def test_loaded_twice(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag() + site.tag("defer")))
        await sees_the_vendor(site, tab)
        shim = await tab.evaluate(SHIM)
        assert (len(shim["hosts"]), shim["requests"]) == (1, 3)
        assert len(said(tab)) == 1


async def test_two_gateways(site: Site, browser: Browser) -> None:
    """The second carries what the first does not list, and neither carries the other."""
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag() + site.tag(path="/wide", base=site.second_base)))
        await sees_the_vendor(site, tab)
        before = len(site.second.observer.ends)
        urls = await tab.evaluate("fetch(`${settings.other}/status/200`).then((it) => it.url)")
        assert urls.startswith("https://other.example:")
        assert site.vendor.strays == []
        assert len(site.second.observer.ends) == before + 1
        live = await tab.evaluate(
            f"Promise.all(['{site.base}', '{site.second_base}'].map((it) => "
            "fetch(`${it}/-/live`).then((answer) => answer.url)))"
        )
        assert live == [f"{site.base}/-/live", f"{site.second_base}/-/live"]
        assert (await tab.evaluate(SHIM))["hosts"][1] == "*:*"
        assert [SECOND in each for each in said(tab)] == [False, True]


async def test_a_list_that_covers_the_page_and_the_gateway(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag(path="/wide")))
        await sees_the_vendor(site, tab)
        before = (await tab.evaluate(SHIM))["requests"]
        seen = await tab.evaluate(
            f"""Promise.all([
              fetch("/own/data.json").then((it) => it.json()),
              fetch("{site.base}/-/live").then((it) => it.json()),
              fetch("{site.app}/own/data.json").then((it) => it.url),
              fetch("https://localhost:1/").catch((error) => error.name),
              fetch("https://127.0.0.1:1/").catch((error) => error.name),
              fetch("https://[::1]:1/").catch((error) => error.name),
              fetch("data:,x").then((it) => it.text()),
            ])"""
        )
        assert seen[:3] == [{"own": True}, {"status": "live"}, f"{site.app}/own/data.json"]
        assert seen[3:] == ["TypeError", "TypeError", "TypeError", "x"]
        assert (await tab.evaluate(SHIM))["requests"] == before


async def test_a_page_of_the_gateways_own_origin(site: Site, browser: Browser) -> None:
    page = site.page(site.tag(path=f"/acs/eu/{KEY}"))
    async with browser.tab() as tab:
        await tab.goto(page.replace(site.app, f"{site.base}/app"))
        await sees_the_vendor(site, tab)
        assert await tab.evaluate("fetch('/-/live').then((it) => it.status)") == 200


async def test_a_route_with_a_prefix_and_a_key_that_nobody_is_shown(
    site: Site, browser: Browser
) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag(path=f"/acs/eu/{KEY}")))
        await sees_the_vendor(site, tab)
        assert KEY not in str(await tab.evaluate(SHIM))
        assert KEY not in str(said(tab))


@pytest.mark.parametrize(
    ("before", "missing"),
    [
        (
            "Object.defineProperty(window, 'WebSocket', { writable: false, configurable: false });",
            "WebSocket: a script before the shim has frozen it",
        ),
        (
            "Object.freeze(XMLHttpRequest.prototype);",
            "open: a script before the shim has frozen it",
        ),
    ],
)
async def test_frozen_before(site: Site, browser: Browser, before: str, missing: str) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(f"<script>{before}</script>{site.tag()}"))
        seen = await tab.evaluate(ASKED)
        assert [VENDOR in each for each in seen] == [True] * 3
        shim = await tab.evaluate(SHIM)
        assert missing in shim["missing"]
        assert shim["requests"] == 2
        assert f"sigproxy does not cover {missing}" in said(tab)


async def test_frozen_after(site: Site, browser: Browser) -> None:
    after = """<script>
      [WebSocket, WebSocket.prototype, XMLHttpRequest.prototype].forEach(Object.freeze);
      Object.defineProperty(window, "WebSocket", { writable: false, configurable: false });
      Object.defineProperty(window, "fetch", { writable: false, configurable: false });
    </script>"""
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag() + after))
        await sees_the_vendor(site, tab)
        await tab.evaluate("sigproxy.off()")
        site.vendor.strays.clear()
        assert [VENDOR in each for each in await tab.evaluate(ASKED)] == [True] * 3
        assert len(site.vendor.strays) == 3


@pytest.mark.parametrize(
    "before",
    [
        "delete window.fetch;",
        "delete window.EventSource; delete window.Request; delete window.Worker;",
        "window.EventSource = null;",
        "window.EventSource = { prototype: null };",
        "window.EventSource = () => {};",
        "window.sigproxy = 'somebody else\\'s';",
        "Object.defineProperty(Navigator.prototype, 'sendBeacon', { value: undefined });",
    ],
)
async def test_a_browser_that_lacks_something(site: Site, browser: Browser, before: str) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(f"<script>{before}</script>{site.tag()}"))
        asked = ASKED.replace("await fetch", "await (window.fetch || (() => ({})))")
        seen = await tab.evaluate(asked)
        assert VENDOR in seen[1]
        assert (await tab.evaluate(SHIM))["requests"] >= 2


async def test_off(site: Site, browser: Browser) -> None:
    """Everything is as it was, and what an SDK has kept hands on what it is given."""
    natives = "[fetch, WebSocket, XMLHttpRequest.prototype.open, Worker, Request]"
    before = f"<script>const natives = {natives};</script>"
    after = "<script>const kept = { fetch, WebSocket };</script>"
    async with browser.tab() as tab:
        await tab.goto(site.page(before + site.tag() + after))
        await sees_the_vendor(site, tab)
        same = f"{natives}.map((each, at) => each === natives[at])"
        assert await tab.evaluate(same) == [False] * 5
        await tab.evaluate("sigproxy.off()")
        assert await tab.evaluate(same) == [True] * 5
        site.vendor.strays.clear()
        await tab.evaluate("(0, kept.fetch)(`${settings.vendor}/status/200`).then(() => 0)")
        assert len(site.vendor.strays) >= 1


async def test_a_route_that_serves_none(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag(path="/off")))
        assert await tab.evaluate(SHIM) is None
        assert [VENDOR in each for each in await tab.evaluate(ASKED)] == [True] * 3


async def test_a_copy_that_does_not_know_its_gateway(site: Site, browser: Browser) -> None:
    script = site.gateway.gateway.rules.routes[0].shim
    assert script is not None
    async with browser.tab() as tab:
        await tab.goto(site.page(f"<script>{script.text.decode()}</script>"))
        assert await tab.evaluate(SHIM) is None
        assert said(tab) == ["sigproxy: no gateway; `sigproxy shim` makes a script for bundles"]
        assert [VENDOR in each for each in await tab.evaluate(ASKED)] == [True] * 3


async def test_webtransport_is_refused(site: Site, browser: Browser) -> None:
    asked = """(async () => {
      const transport = new WebTransport(`${settings.vendor}/transport`);
      const tell = (error) => [error instanceof WebTransportError || error.name];
      return [
        transport instanceof WebTransport,
        await transport.ready.then(() => "ready", tell),
        await transport.closed.then(() => "closed", tell),
      ];
    })()"""
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag()))
        is_one, ready, closed = await tab.evaluate(asked)
        assert is_one
        assert (ready, closed) == ([True], [True])
        assert (await tab.evaluate(SHIM))["missing"][0].startswith("WebTransport, which")


WORKER = """new Promise((done) => {
  const worker = new Worker("/own/worker.js");
  worker.onmessage = ({ data }) => done(data);
  worker.onerror = ({ message }) => done(message || "error");
  const source = "async (t) => (await fetch(`${t.vendor}/status/200`)).url";
  worker.postMessage({ ...settings, source });
})"""


async def test_workers_that_are_left_alone(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag('data-workers="off"')))
        site.vendor.strays.clear()
        assert await tab.evaluate(WORKER) == f"{site.upstream}/status/200"
        assert len(site.vendor.strays) == 1
        [missing] = (await tab.evaluate(SHIM))["missing"]
        assert missing == f"the Worker {site.app}/own/worker.js"


async def test_a_policy_that_forbids_workers_of_blobs(site: Site, browser: Browser) -> None:
    own = f"'self' 'unsafe-inline' 'unsafe-eval' {site.base}"
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag(), csp=f"script-src {own}; worker-src 'self'"))
        assert await tab.evaluate(WORKER) == "error"
        assert await tab.evaluate(WORKER) == f"{site.upstream}/status/200"
        first, second = (await tab.evaluate(SHIM))["missing"]
        assert first == "Workers: the page's policy has no `worker-src blob:`"
        assert second == f"the Worker {site.app}/own/worker.js"


LOADING = Template("""<script>
  const failed = [];
  document.addEventListener("securitypolicyviolation", (it) => failed.push(it.blockedURI));
  const trusted = trustedTypes.createPolicy("sdk", { createScriptURL: (url) => url });
  const script = document.createElement("script");
  const loaded = new Promise((done) => {
    script.onload = () => done([script.src, window.value]);
    script.onerror = () => done("error");
  });
  script.src = trusted.createScriptURL("$url/file/value.js");
  document.head.append(script);
  const worker = new Worker(trusted.createScriptURL("/own/lib.js"));
</script>""")


async def test_a_page_of_trusted_types(site: Site, browser: Browser) -> None:
    """A URL that an SDK's policy has made stays one that the page takes."""
    types = "require-trusted-types-for 'script'; trusted-types sdk sigproxy"
    async with browser.tab() as tab:
        site.vendor.strays.clear()
        await tab.goto(site.page(site.tag() + LOADING.substitute(url=site.upstream), csp=types))
        seen = await tab.evaluate("loaded.then((it) => [it, failed])")
        assert seen == [[f"{site.upstream}/file/value.js", "from the vendor"], []]
        assert site.vendor.strays == []
        assert (await tab.evaluate(SHIM))["missing"] == []


async def test_a_page_of_trusted_types_that_does_not_know_the_shim(
    site: Site, browser: Browser
) -> None:
    """The rest is covered; a script whose URL would no longer be trusted is not."""
    types = "require-trusted-types-for 'script'; trusted-types sdk"
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag() + LOADING.substitute(url=site.upstream), csp=types))
        await sees_the_vendor(site, tab)
        seen = await tab.evaluate("loaded")
        assert seen == [f"{site.upstream}/file/value.js", "from the vendor"]
        missing = (await tab.evaluate(SHIM))["missing"]
        assert missing[0].startswith(f"{site.upstream}/file/value.js: ")
