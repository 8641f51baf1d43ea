"""What ``sigproxy snippet`` prints for an Express server is a configuration."""

import re
import tomllib
from pathlib import Path

from sigproxy.config import load
from tests.tools.snippets import (
    ACS_SETUP,
    SERVER,
    acs,
    lines,
    ran,
    route,
    upstream,
    value,
    written,
)


def test_the_routes_for_express_are_a_configuration(tmp_path: Path) -> None:
    text = ran("express").stdout
    blocks = re.findall(r"```toml\n(.*?)```", text, re.S)
    assert len(blocks) == 2
    file = written(tmp_path, SERVER + "".join(blocks))
    assert len(tomllib.loads(file.read_text())["route"]) == 2
    settings = load(file, {})
    gateway = "https://gw.hospital.example:8443"
    assert upstream(settings, acs(f"{gateway}/proxy", ACS_SETUP)) == ACS_SETUP
    # The sample's ignorePath: whatever is below ends at the one URL.
    assert upstream(settings, f"{gateway}/forwarder/a/b?x=1") == (
        "https://forwarder.example.com/forwarder/?x=1"
    )


def test_express_takes_the_route_of_its_prefix(tmp_path: Path) -> None:
    file = written(tmp_path, SERVER + route("acs", "/acs") + route("acs", "/proxy"))
    assert value("express", lines("express", file)).endswith("/proxy")
    assert value("acs", lines("acs", file)).endswith("/acs")
    file = written(tmp_path, SERVER + route("acs", "/acs"))
    text = lines("express", file)
    assert value("express", text).endswith("/acs")
    assert 'prefix = "/acs"' in text
