"""`sigproxy doctor https://gateway/KEY` in the client's network, beside the page's browser."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from tests.media.live.servers import NAME
from tests.network.live.site import KEY, Site
from tests.service.process import ran

STAGED = {
    *("vendor_unreachable", "key_refused", "origin_refused", "websocket_blocked"),
    *("preflight_blocked", "udp_blocked", "only_443", "http_proxy_only", "turn_unreachable"),
    *("turn_credentials_refused", "tls_intercepted", "certificate_untrusted"),
}


async def findings(
    site: Site, *more: str, environ: Mapping[str, str] | None = None, key: str = KEY
) -> list[dict[str, Any]]:
    """Return what it finds that is not well."""
    command = (sys.executable, "-m", "sigproxy", "doctor", "--json")
    trust = ("--ca-file", str(site.pki.ca_file))
    code, out, err = await ran(
        (*site.client.prefix, *command, *trust, *more, f"https://{NAME}/{key}"), environ
    )
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    kept = [each for each in found if each["level"] != "ok"]
    assert code == any(each["level"] == "fail" for each in kept), err
    return kept


async def tokens(
    site: Site, *more: str, environ: Mapping[str, str] | None = None, key: str = KEY
) -> list[str]:
    return [each["token"] for each in await findings(site, *more, environ=environ, key=key)]


async def staged(
    site: Site, *more: str, environ: Mapping[str, str] | None = None, key: str = KEY
) -> set[str]:
    """Return which of the faults that are staged it names; other findings are the steps to them."""
    return STAGED & set(await tokens(site, *more, environ=environ, key=key))
