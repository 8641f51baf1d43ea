"""The script in the app's own bundle, as a module, and demanded by its hash."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sigproxy.cli import main
from tests.service.process import toml
from tests.shim.live.browser import Browser
from tests.shim.live.site import KEY, Site
from tests.shim.live.test_media import AUTO, BEFORE, call
from tests.shim.live.test_pages import SHIM, sees_the_vendor

pytestmark = [pytest.mark.shim, pytest.mark.asyncio(loop_scope="session")]


def printed(site: Site, tmp_path: Path, *arguments: str) -> str:
    """Return what a command prints for the site's gateway."""
    file = tmp_path / "sigproxy.toml"
    file.write_text(toml(site.document))
    name = site.base.removeprefix("https://")
    ran = CliRunner().invoke(main, [*arguments, "--config", str(file), "--name", name])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


async def test_a_bundle(site: Site, browser: Browser, tmp_path: Path) -> None:
    script = printed(site, tmp_path, "shim", "--route", "/acs/eu")
    assert KEY in script
    async with browser.tab() as tab:
        await tab.goto(site.page(f"<script>{script}</script>"))
        await sees_the_vendor(site, tab)
        assert (await tab.evaluate(SHIM))["missing"] == []


async def test_a_module_is_there_before_what_is_imported_after_it(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    script = printed(site, tmp_path, "shim", "--route", "/", "--module")
    site.pages.scripts["shim.js"] = script
    site.pages.scripts["sdk.js"] = "export const asked = fetch(`${settings.vendor}/status/200`);"
    site.pages.scripts["app.js"] = (
        'import shim from "./shim.js"; import { asked } from "./sdk.js";'
        "window.done = asked.then((it) => [it.url, shim === window.sigproxy, shim.requests]);"
    )
    async with browser.tab() as tab:
        await tab.goto(site.page('<script type="module" src="/script/app.js"></script>'))
        assert await tab.evaluate("done") == [f"{site.upstream}/status/200", True, 1]
        await sees_the_vendor(site, tab)


async def test_a_bundle_with_the_gateways_ice_servers(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    arguments = ("shim", "--route", "/", "--turn", "replace", "--mode", "tls")
    script = printed(site, tmp_path, *arguments)
    async with browser.tab() as tab:
        await tab.goto(site.page(f"{BEFORE}<script>{script}</script>"))
        assert (await tab.evaluate(call()))["has"][:2] == [AUTO[-1:], "relay"]


async def test_the_tag_that_is_printed(site: Site, browser: Browser, tmp_path: Path) -> None:
    tags = re.findall(r"<script.*?</script>", printed(site, tmp_path, "snippet", "shim"), re.S)
    assert len(tags) == 4  # one for each route that serves the shim
    assert KEY in tags[1]
    async with browser.tab() as tab:
        await tab.goto(site.page(tags[0]))
        await sees_the_vendor(site, tab)
    async with browser.tab() as tab:  # the second has the same hosts, and so another prefix alone
        await tab.goto(site.page(tags[1]))
        await sees_the_vendor(site, tab)
    async with browser.tab() as tab:
        await tab.goto(site.page(tags[0].replace("sha384-", "sha384-A")))
        assert await tab.evaluate(SHIM) is None
