"""The commands that only print run without Unix, where developers and firewalls' owners work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sigproxy import __version__
from sigproxy.cli import main
from tests.lab.turn import SECRET
from tests.ports import free_port
from tests.without_unix import MODULES

# A file that is opened without naming its encoding would be read as cp1252 there.
ROOT = Path(__file__).parent.parent
SIGPROXY = (
    *(sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning"),
    *("-m", "tests.without_unix"),
)
CONFIGURATION = """\
[server]
bind = ["127.0.0.1:{port}"]
public_names = ["gateway.example"]
[turn]
name = "gateway.example"
addresses = ["203.0.113.7"]
secret_file = {secret}
keys = ["a-key-for-turn-000001"]
[[route]]
presets = ["acs"]
allowed_origins = ["https://app.example.com"]
shim = true
keys = ["a-key-of-the-app-0001"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    secret = tmp_path / "turn-secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    file = tmp_path / "sigproxy.toml"
    file.write_text(CONFIGURATION.format(secret=json.dumps(str(secret)), port=free_port()))
    return file


def ran(*arguments: str) -> tuple[int, str, str]:
    """Run ``sigproxy`` without Unix, into pipes of the encoding that Windows has for them."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SIGPROXY_")}
    ended = subprocess.run(
        [*SIGPROXY, *arguments],
        cwd=ROOT,
        env={**kept, "PYTHONIOENCODING": "cp1252", "USERNAME": "moni"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


@pytest.mark.parametrize(
    "command",
    [
        ("presets",),
        ("presets", "acs", "--json"),
        *(
            ("firewall", "--config", "FILE", "--format", form, "--address", "192.0.2.7")
            for form in ("markdown", "csv", "json", "edl", "nftables", "squid")
        ),
        ("snippet", "--config", "FILE", "acs"),
        ("snippet", "--config", "FILE", "shim"),
        ("shim", "--config", "FILE"),
        ("explain", "--config", "FILE", "/-/x.skype.com/y?z=1"),
        ("explain", "--config", "FILE", "/-/strangers.example/"),
        ("coturn", "--config", "FILE"),
    ],
    ids=" ".join,
)
def test_it_prints_what_it_prints_on_unix(config: Path, command: tuple[str, ...]) -> None:
    arguments = [str(config) if each == "FILE" else each for each in command]
    here = CliRunner().invoke(main, arguments)
    assert here.stdout
    assert ran(*arguments) == (here.exit_code, here.stdout_bytes.decode(), here.stderr)


def test_ice_prints_and_judges(config: Path, tmp_path: Path) -> None:
    code, out, err = ran("ice", "--config", str(config), "acs-web")
    assert (code, err) == (0, "")
    assert "gateway.example" in json.dumps(json.loads(out))
    servers = tmp_path / "servers.json"
    servers.write_text('{"iceServers": [{"urls": "turn:gateway.example", "username": "x"}]}')
    arguments = ["ice", "acs-web", "--check", str(servers)]
    here = CliRunner().invoke(main, arguments)
    assert ran(*arguments) == (1, here.stdout, here.stderr)
    assert here.stdout


def test_check_says_that_all_is_well(config: Path) -> None:
    code, out, err = ran("check", "--config", str(config))
    assert code == 0, err
    assert [line for line in err.splitlines() if f"{config}: note: " not in line] == []
    assert out.startswith(f"{config}: ok; 1 route(s) on 127.0.0.1:")


def test_check_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[server]\nbnd = ["127.0.0.1:0"]\n')
    code, out, err = ran("check", "--config", str(wrong))
    assert (code, out) == (1, "")
    assert err.startswith(f"{wrong}: server.bnd: ")


def test_the_mode_of_a_file_says_nothing_there(config: Path) -> None:
    """Of what only its owner may read, Python says 0666 on Windows."""
    secret = config.with_name("turn-secret")
    secret.chmod(0o666)
    assert ran("check", "--config", str(config))[0] == 0
    assert CliRunner().invoke(main, ["check", "--config", str(config)]).exit_code == 1


def test_check_judges_for_nobody_else_there() -> None:
    code, _, err = ran("check", "--user", "somebody-else")
    assert code == 2
    assert "only root can judge for another user" in err


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_what_needs_unix_says_so(command: str) -> None:
    code, out, err = ran(command)
    assert (code, out) == (1, "")
    assert err.startswith(f"`sigproxy {command}` needs Linux: this Python has no module ")
    assert err.split(": ", 1)[1].split()[5].strip(";") in MODULES
    assert err.count("\n") == 1


def test_the_version_and_help() -> None:
    assert ran("--version") == (0, f"sigproxy, version {__version__}\n", "")
    code, out, _ = ran("doctor", "--help")
    assert code == 0
    assert "https://gateway.example/KEY" in out
