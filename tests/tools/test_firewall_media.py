"""The rules for media: toward the vendors as they publish it, or toward a TURN server."""

import re
from pathlib import Path

from sigproxy.presets import PRESETS
from tests.tools import turn_file
from tests.tools.firewall_rows import ran, rows


def test_an_address_of_media_has_its_source_and_date() -> None:
    rules = rows(*(word for name in PRESETS for word in ("--preset", name)))
    media = [rule for rule in rules if rule.direction == "clients to media servers"]
    vendors = {"acs", "agora", "vonage", "daily", "chime", "twilio", "livekit", "trtc"}
    assert {rule.preset for rule in media} == vendors
    assert all(each.known_from.startswith("the vendor's page: ") for each in media)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", each.as_of) for each in media)
    found = [(rule.destination, rule.protocol, rule.port) for rule in media if rule.preset == "acs"]
    assert found == [
        ("20.202.0.0/16", "UDP", "3478-3481"),
        ("20.202.0.0/16", "TCP/TLS", "443"),
    ]


def test_a_vendor_without_a_preset_is_known_by_its_signaling(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(
        '[[route]]\ndialect = "fixed"\nupstream = "https://mine.livekit.cloud/"\n'
        '[[route]]\nprefix = "/t"\ntargets = ["*.livekit.cloud", "global.vss.twilio.com"]\n'
    )
    media = [rule for rule in rows("--config", str(file)) if "media" in rule.direction]
    assert {rule.preset for rule in media} == {"livekit", "twilio"}
    file.write_text('[[route]]\ntargets = ["*:*"]\n')
    named = {rule.preset for rule in rows("--config", str(file)) if "media" in rule.direction}
    assert named.isdisjoint({"livekit", "twilio", "trtc"})


def test_with_a_turn_server_clients_need_nothing_but_it(tmp_path: Path) -> None:
    routes = '[server]\npublic_names = ["turn.hospital.example"]\n[[route]]\npresets = ["acs"]\n'
    file = turn_file.written(tmp_path, 'relay = "127.0.0.1:3479"', routes)
    rules = rows("--config", str(file))
    by_direction: dict[str, list[tuple[str, str, str]]] = {}
    for rule in rules:
        found = by_direction.setdefault(rule.direction, [])
        found.append((rule.destination, rule.protocol, rule.port))
    assert "clients to media servers" not in by_direction
    assert by_direction["clients to TURN server"] == [
        ("192.0.33.5", "UDP", "3478"),
        ("turn.hospital.example", "TCP/TLS", "443"),
    ]
    assert by_direction["TURN server to media servers"] == [("20.202.0.0/16", "UDP", "3478-3481")]
    assert by_direction["media servers to TURN server"] == [("192.0.33.5", "UDP", "49152-65535")]
    text = ran("--config", str(file)).stdout
    assert "## Media: clients to TURN server" in text
    assert "by the gateway's own port" in text
    assert "SDKs that are given the TURN server" in text.partition("does not pass the gateway")[2]


def test_a_turn_server_for_nobody_known_reaches_everybody(tmp_path: Path) -> None:
    file = turn_file.written(tmp_path, "", '[[route]]\ntargets = ["api.example.org"]\n')
    rules = rows("--config", str(file))
    assert [rule.destination for rule in rules if rule.source == "TURN server"] == ["any"]
