"""`sigproxy doctor`, at the gateway and in closed networks, with the real coturn."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from tests.media.live.coturn import SECRET, Coturn, without
from tests.media.live.networks import GATEWAY, NO_UDP, ONLY_443, ONLY_PROXY, PROXY, Namespace, run
from tests.media.live.site import KEY, Site, in_its_place
from tests.service.process import ran

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

DOCTOR = (sys.executable, "-m", "sigproxy", "doctor", "--json")
Findings = dict[str, dict[str, Any]]


async def told(
    place: Namespace, *arguments: str, environ: Mapping[str, str] | None = None
) -> tuple[int, Findings]:
    """Return the exit code, and the findings by name; of several with a name, the last."""
    code, out, err = await ran((*place.prefix, *DOCTOR, *arguments), environ)
    assert err == "", err
    print(out)
    return code, {each["name"]: each for each in json.loads(out)["findings"]}


async def at_gateway(site: Site) -> Findings:
    _, found = await told(site.networks.server, "--config", str(site.gateway.config))
    return found


async def test_x(site: Site):
    f = await at_gateway(site)
    for e in f.values(): print(e)
    code, f = await told(site.networks.clients[0], "--ca-file", str(site.pki.ca_file), f"https://gateway.example/{KEY}")
    for e in f.values(): print(e)
    assert 0
