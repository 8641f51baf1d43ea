"""``sigproxy credentials``: one that a TURN server takes, or why there is none."""

import base64
import hashlib
import hmac
import json
import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from sigproxy.cli import main

SECRET = "5f0c9b1e7a3d4826" * 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    file = tmp_path / "gateway.toml"
    turn = f"name = 'gw.example'\nsecret_file = '{secret}'\nopen = true\nttl_s = 600"
    file.write_text(f"[turn]\n{turn}\n")
    return file


def test_one_credential(file: Path) -> None:
    before = int(time.time())
    ran = [CliRunner().invoke(main, ["credentials", "--config", str(file)]) for _ in range(2)]
    assert [each.exit_code for each in ran] == [0, 0]
    first, second = (json.loads(each.stdout) for each in ran)
    assert first["username"] != second["username"]
    digest = hmac.new(SECRET.encode(), first["username"].encode(), hashlib.sha1).digest()
    assert first["password"] == base64.b64encode(digest).decode()
    assert re.fullmatch(rf"{first['expires']}:[A-Za-z0-9_-]+", first["username"])
    assert before + 600 <= first["expires"] <= time.time() + 600
    assert (first["ttl"], first["realm"]) == (600, "gw.example")


def test_without_turn_there_is_none(file: Path) -> None:
    file.write_text("")
    ran = CliRunner().invoke(main, ["credentials", "--config", str(file)])
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "no [turn]" in ran.stderr


def test_a_faulty_configuration_is_told(file: Path) -> None:
    file.with_name("secret").write_text(SECRET[:20])
    ran = CliRunner().invoke(main, ["credentials", "--config", str(file)])
    assert ran.exit_code == 1
    assert "a secret of 20 characters is too short" in ran.stderr
    assert SECRET[:20] not in ran.stderr
