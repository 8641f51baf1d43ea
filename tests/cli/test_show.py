"""`sigproxy config show`: what is in effect, where it comes from, and no secret."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sigproxy.cli import main
from sigproxy.cli import service as cli_service
from sigproxy.config import load
from sigproxy.config.model import known_keys
from sigproxy.config.unit import Unit

KEY, PASSWORD, SECRET = "2d711642b726b04401627ca9fbac32f5", "hunter2hunter2", "5f0c9b1e" * 8
TEXT = f"""[server]
bind = ["127.0.0.1:8443"]

[limits]
request_rate = "600/minute"
request_rate_redis = "redis://:{PASSWORD}@127.0.0.1:6379/0"

[[route]]
targets = ["api.example.com"]
keys = ["{KEY}"]

[[route]]
prefix = "/b"
presets = ["acs"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


@pytest.fixture(autouse=True)
def no_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_service, "installed", lambda: None)


def shown(file: Path, *options: str, text: str = TEXT, **environ: str) -> Result:
    file.write_text(text)
    return CliRunner().invoke(
        main, ["config", "show", "--config", str(file), *options], env=environ
    )


def rows(file: Path, text: str = TEXT, **environ: str) -> dict[str, dict[str, Any]]:
    result = shown(file, "--json", text=text, **environ)
    assert result.exit_code == 0, result.stderr
    return {row["setting"]: row for row in json.loads(result.stdout)}


def test_each_setting_says_where_it_comes_from(file: Path) -> None:
    found = rows(file, SIGPROXY_SERVER__WORKERS="3")

    def source(name: str) -> tuple[Any, ...]:
        row = found[name]
        return row["value"], row["from"], row["file"], row["line"], row["variable"]

    assert source("server.bind") == (["127.0.0.1:8443"], "file", str(file), 2, None)
    assert source("server.workers") == (3, "environment", None, None, "SIGPROXY_SERVER__WORKERS")
    assert source("server.drain_s") == (30.0, "default", None, None, None)
    assert source("route[1].prefix") == ("/b", "file", str(file), 13, None)
    assert source("route[1].keys") == ([], "default", None, None, None)
    assert source("upstream.proxy") == (None, "default", None, None, None)


def test_no_setting_is_left_out(file: Path) -> None:
    found = rows(file)

    tables = {name: keys for name, keys in known_keys().items() if name not in ("turn", "route")}
    del tables["network_test"]
    names = {f"{table}.{key}" for table, keys in tables.items() for key in keys}
    names |= {f"route[{index}].{key}" for index in (0, 1) for key in known_keys()["route"]}
    assert found.keys() == names


def test_routes_of_the_environment_take_the_place_of_the_file_s(file: Path) -> None:
    found = rows(file, SIGPROXY_ROUTE='[{"prefix": "/e", "presets": ["acs"]}]')

    assert "route[1].prefix" not in found
    assert found["route[0].prefix"]["variable"] == "SIGPROXY_ROUTE"
    assert found["route[0].cookies"]["from"] == "default"


def test_secrets_are_masked(file: Path) -> None:
    secret, keys = file.with_name("secret"), file.with_name("keys")
    secret.write_text(SECRET)
    secret.chmod(0o600)
    keys.write_text(f"{KEY}\n{KEY[::-1]}\n")
    turn = f'[turn]\nname = "gateway.example"\nsecret_file = "{secret}"\nkeys_file = "{keys}"\n'

    text, as_json = (shown(file, *options, text=TEXT + turn) for options in ((), ("--json",)))

    for said in (text.stdout, as_json.stdout):
        assert not any(each in said for each in (KEY, KEY[::-1], PASSWORD, SECRET))
        assert str(secret) in said
    found = {row["setting"]: row for row in json.loads(as_json.stdout)}
    assert found["route[0].keys"]["value"] == ["***"]
    assert found["turn.keys"]["value"] == ["***", "***"]
    assert found["turn.keys"]["line"] == found["turn.keys_file"]["line"]
    assert found["limits.request_rate_redis"]["value"] == "***"


def test_what_is_printed_is_a_configuration_again(file: Path) -> None:
    text = TEXT.replace(f'keys = ["{KEY}"]', 'cookies = "none"').replace("request_rate_redis", "#")
    before = load(_written(file, text), {})

    again = file.with_name("again.toml")
    again.write_text(shown(file, text=text).stdout)

    assert load(again, {}) == before
    assert f"# {file}:2\n" in again.read_text()


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def test_a_wrong_configuration_is_told_as_check_tells_it(file: Path) -> None:
    result = shown(file, text="[server]\nworkers = 0\n")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}: server.workers: ")
    assert result.stdout == ""


def test_what_the_unit_sets_is_said_to_be_the_unit_s(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Path("/etc/systemd/system/sigproxy.service")
    environment = {"SIGPROXY_SERVER__VIA": "true"}
    unit = Unit(place, binds=("0.0.0.0:443",), environment=environment)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(cli_service, "installed", lambda: unit)

    found = rows(file)

    assert (found["server.via"]["value"], found["server.via"]["by"]) == (True, str(place))
    assert (found["server.bind"]["value"], found["server.bind"]["by"]) == (
        ["0.0.0.0:443"],
        "sigproxy.socket",
    )


def test_defaults_need_no_file() -> None:
    result = CliRunner().invoke(main, ["config", "show"], env={"SIGPROXY_CONFIG": ""})

    assert result.exit_code == 0
    assert 'bind = ["127.0.0.1:8443"]                    # default' in result.stdout
