"""Clients that share no code with the gateway, and names that coturn could stumble over."""

import asyncio
import json
import sys
from base64 import b64encode
from hashlib import sha1
from hmac import digest
from importlib.util import find_spec
from time import time

import pytest

from sigproxy.policies.turn import Turn, issue
from tests.media.live.coturn import SECRET
from tests.media.live.networks import GATEWAY
from tests.media.live.servers import NAME
from tests.media.live.site import KEY, Site
from tests.orphans import end_with_parent
from tests.service.process import ROOT

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

TURN = Turn("", (), "", (SECRET.encode(),), 600, 3478, 443, 0, True, ("auto",))
LONGEST = 509 - len("1234567890:")  # RFC 8489, 14.3, and what browsers take
# What `issue` never gives, and somebody who has the secret may.
ODD = ["", ":", "a:b:c", "a@b.example", "a/b", "a+b=", "a;b", "100%", "é", "a" * LONGEST]
REFUSED, BAD_REQUEST = ["a b", 'a"b', "a'b", "a\\b"], 400


def shown(name: str) -> tuple[str, str]:
    """Return a username that ends in *name*, and its password."""
    username = f"{int(time()) + 600}:{name}"
    return username, b64encode(digest(SECRET.encode(), username.encode(), sha1)).decode()


@pytest.mark.skipif(
    find_spec("aioice") is None, reason="aioice is not installed: make test-media installs it"
)
async def test_an_ice_agent_of_others_is_relayed_with_what_we_issue(site: Site) -> None:
    http = await site.http()
    asked = await http.get(f"/-/ice/{KEY}?sdk=webrtc&mode=tls".encode())
    http.close()
    [server] = asked.json["iceServers"]
    assert server["urls"] == [f"turns:{NAME}:443?transport=tcp"]

    peers = await asyncio.create_subprocess_exec(
        *site.networks.clients[0].prefix,
        *("env", f"SSL_CERT_FILE={site.pki.ca_file}", sys.executable),
        *("-m", "tests.media.live.aioice_peers"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        preexec_fn=end_with_parent,
    )
    out, err = await peers.communicate(json.dumps({"host": NAME, **server}).encode())

    assert peers.returncode == 0, err.decode()
    assert json.loads(out) == {"relayed": [[GATEWAY, "relay"]] * 2, "whole": True}


@pytest.mark.parametrize("random_id", ["-", "_", "-_-_-_-_-_-_-_-_", "A" * 64, "0" * 16, "1e9"])
async def test_every_id_that_we_issue_is_taken(site: Site, random_id: str) -> None:
    issued = issue(TURN, int(time()), random_id)
    client = await site.turn()
    assert await client.allocate(issued.username, issued.password) == 0


@pytest.mark.parametrize("name", ODD, ids=lambda name: name[:9] or "nothing")
async def test_a_name_that_somebody_else_signed_may_be_odd(site: Site, name: str) -> None:
    client = await site.turn()
    assert await client.allocate(*shown(name)) == 0


@pytest.mark.parametrize("name", REFUSED)
async def test_what_coturn_refuses_is_never_issued(site: Site, name: str) -> None:
    client = await site.turn()
    assert await client.allocate(*shown(name)) == BAD_REQUEST
    with pytest.raises(ValueError, match="an id has"):
        issue(TURN, int(time()), name)
