"""``sigproxy ice``: what an SDK takes, and what it makes of somebody's JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sigproxy.cli import main
from sigproxy.media.sdks import SDKS
from tests.tools.turn_file import written


def ran(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["ice", *arguments], input=text)


@pytest.fixture
def config(tmp_path: Path) -> str:
    return str(written(tmp_path))


@pytest.mark.parametrize("sdk", SDKS)
def test_what_is_printed_passes_the_check(sdk: str, config: str) -> None:
    result = ran(sdk, "--config", config)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    checked = ran(sdk, "--check", "-", text=result.stdout)
    assert (checked.exit_code, checked.stdout) == (0, f"-: ok; {sdk} takes it\n")


def test_each_time_it_is_another_credential(config: str) -> None:
    users = [json.loads(ran("acs-ios", "--config", config).stdout)["username"] for _ in range(2)]
    assert users[0] != users[1]


def test_a_mode_and_a_format(config: str) -> None:
    body: Any = json.loads(ran("webrtc", "--mode", "tls", "--config", config).stdout)
    assert body["iceTransportPolicy"] == "relay"
    assert body["iceServers"][0]["urls"] == ["turns:turn.hospital.example:443?transport=tcp"]
    result = ran("webrtc", "--format", "uberti", "--config", config)
    assert "uris" in json.loads(result.stdout)


def test_a_mode_that_does_not_force_is_noted(config: str) -> None:
    result = ran("agora", "--mode", "tls", "--config", config)
    assert result.exit_code == 0
    assert "note: this SDK cannot be told to relay only" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("acs-android", "--mode", "tls"), "mode_refused: this SDK relays over UDP only: "),
        (("agora", "--format", "w3c"), "unknown_format: sdk='agora' has one shape"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    arguments: tuple[str, ...], line: str, config: str
) -> None:
    result = ran(*arguments, "--config", config)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1


def test_without_turn_there_is_nothing_to_print_and_much_to_check(tmp_path: Path) -> None:
    result = ran("webrtc")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no [turn]" in result.stderr
    assert ran("webrtc", "--check", "-", text="[]").exit_code == 0


def test_one_line_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    file.write_text('[{"urls": ["turns:h:443?transport=tcp", "stun:h"], "username": "a"}]')
    result = ran("acs-web", "--check", str(file))
    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == [
        "iceServers[0].urls[0]",
        "iceServers[0].urls[1]",
        "iceServers[0].credential",
    ]
    assert "makes plain TCP of it" in result.stdout
    assert "write turns:h:443?transport=tls" in result.stdout


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"[{urls: 1}]", "line 1, column 3: Expecting property name enclosed in double quotes"),
        (b"[1,]", "no comma at the end"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (1 << 20) + b"[]", "give the ICE servers alone"),
        (b"[" + b"1" * 5000 + b"]", "a number that is far too long"),
    ],
)
def test_what_is_not_json_is_told_where(raw: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(raw)
    result = ran("webrtc", "--check", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{file}: not JSON: ")
    assert says in result.stderr


def test_a_byte_order_mark_is_let_be(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"\xef\xbb\xbf[]")
    assert ran("webrtc", "--check", str(file)).exit_code == 0


@pytest.mark.parametrize(("name", "says"), [("none", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_told(name: str, says: str, tmp_path: Path) -> None:
    result = ran("webrtc", "--check", str(tmp_path / name))
    assert result.exit_code == 1
    assert f"it cannot be read: {says}" in result.stderr
