"""``sigproxy shim`` and ``snippet shim``: which route, what is filled in, what is refused."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sigproxy.assembly.routes import build_routes
from sigproxy.cli import main
from sigproxy.config import load
from tests.tools import turn_file

KEY = "2d711642b726b04401627ca9fbac32f5"
SERVER = '[server]\npublic_names = ["gw.hospital.example:8443"]\n'
ACS = f'[[route]]\nprefix = "/acs"\npresets = ["acs"]\nkeys = ["{KEY}", "another-key-of-2025"]\n'
DAILY = '[[route]]\npresets = ["daily"]\n'
AGORA = '[[route]]\nprefix = "/agora"\ndialect = "query"\npresets = ["agora"]\n'
OFF = '[[route]]\nprefix = "/off"\npresets = ["chime"]\nshim = false\n'


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "sigproxy.toml"
    file.write_text(text)
    return file


def ran(command: str, file: Path | None, *arguments: str) -> Result:
    config = [] if file is None else ["--config", str(file)]
    return CliRunner().invoke(main, [*command.split(), *config, *arguments])


def keyed(tmp_path: Path) -> Path:
    """Return a configuration whose [turn] has a key in the place of `open`."""
    file = turn_file.written(tmp_path, f'keys = ["{KEY}"]', SERVER + DAILY)
    file.write_text(file.read_text().replace("open = true", ""))
    return file


def filled(text: str) -> dict[str, object]:
    found = re.search(r"\}\)\((\{.*\}),typeof ", text)
    assert found is not None
    read: dict[str, object] = json.loads(found[1])
    return read


def test_the_only_route_that_serves_it(tmp_path: Path) -> None:
    result = ran("shim", written(tmp_path, SERVER + ACS + AGORA + OFF))
    assert (result.exit_code, result.stderr) == (0, "")
    settings = filled(result.stdout)
    assert settings["base"] == f"https://gw.hospital.example:8443/acs/{KEY}"
    assert "*.skype.com" in str(settings["hosts"])
    assert "turn" not in settings


def test_one_of_several(tmp_path: Path) -> None:
    file = written(tmp_path, SERVER + ACS + DAILY + AGORA + OFF)
    result = ran("shim", file)
    assert result.exit_code == 1
    assert result.stderr == (
        f"{file}: several routes serve the page shim; choose one with --route: /acs, /\n"
    )
    result = ran("shim", file, "--route", "/", "--name", "other.example")
    assert filled(result.stdout)["base"] == "https://other.example"
    result = ran("shim", file, "--route", "/agora")
    assert result.stderr == (f"{file}: no route /agora serves the page shim; these do: /acs, /\n")


@pytest.mark.parametrize("command", ["shim", "snippet shim"])
def test_no_route_that_serves_it(tmp_path: Path, command: str) -> None:
    result = ran(command, file := written(tmp_path, SERVER + AGORA + OFF))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f'{file}: no route serves the page shim; one with dialect = "path" does, unless it has '
        "shim = false\n"
    )


def test_a_module(tmp_path: Path) -> None:
    file = written(tmp_path, SERVER + DAILY)
    plain, module = ran("shim", file).stdout, ran("shim", file, "--module").stdout
    assert module == plain.replace("(function", "export default (function", 1)


@pytest.mark.parametrize(
    ("is_keyed", "arguments", "url", "place"),
    [
        (False, ("--turn", "replace"), "/-/ice?sdk=webrtc", "replace"),
        (False, ("--turn", "before", "--mode", "udp"), "/-/ice?sdk=webrtc&mode=udp", "before"),
        (True, ("--turn", "before"), f"/-/ice/{KEY}?sdk=webrtc", "before"),
    ],
)
def test_with_ice_servers(
    tmp_path: Path, is_keyed: bool, arguments: tuple[str, ...], url: str, place: str
) -> None:
    file = keyed(tmp_path) if is_keyed else turn_file.written(tmp_path, "", SERVER + DAILY)
    turned = filled(ran("shim", file, *arguments).stdout)["turn"]
    assert turned == {"url": f"https://gw.hospital.example:8443{url}", "place": place}


def test_ice_servers_that_there_are_not(tmp_path: Path) -> None:
    file = written(tmp_path, SERVER + DAILY)
    result = ran("shim", file, "--turn", "before")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}: there is no [turn]")
    file = turn_file.written(tmp_path, 'modes = ["auto", "udp"]', SERVER + DAILY)
    result = ran("shim", file, "--turn", "before", "--mode", "tls")
    assert result.stderr == f"{file}: [turn] does not offer the mode tls, but auto, udp\n"
    result = ran("shim", file, "--mode", "udp")
    assert result.exit_code == 2
    assert "need --turn" in result.stderr


def test_a_tag_for_each_route_with_the_hash_of_what_is_served(tmp_path: Path) -> None:
    file = written(tmp_path, SERVER + ACS + DAILY + AGORA + OFF)
    result = ran("snippet shim", file)
    assert (result.exit_code, result.stderr) == (0, "")
    tags = re.findall(r'<script src="(.*?)"\s+integrity="(.*?)"', result.stdout)
    shims = [route.shim for route in build_routes(load(file, {}))]
    assert tags == [
        (f"https://gw.hospital.example:8443/acs/{KEY}/-/shim.js", shims[0] and shims[0].integrity),
        ("https://gw.hospital.example:8443/-/shim.js", shims[1] and shims[1].integrity),
    ]
    assert "access key" in result.stdout
    assert "connect-src https://gw.hospital.example:8443 wss://gw.hospital" in result.stdout
    assert "with `[turn]` in the gateway's configuration" in result.stdout


def test_a_tag_with_ice_servers(tmp_path: Path) -> None:
    file = keyed(tmp_path)
    printed = ran("snippet shim", file).stdout
    assert f'`data-turn data-key="{KEY}"` in the tag' in printed
    assert "`data-mode` may be one of auto, udp, tls." in printed


def test_without_a_configuration_there_is_no_hash() -> None:
    result = ran("snippet shim", None, "--name", "gw.example")
    assert result.exit_code == 0
    assert '<script src="https://gw.example/-/shim.js"></script>' in result.stdout
    assert result.stderr == "without --config the tag has no hash, which follows from the hosts\n"
