"""`sigproxy init`: what it writes is whole, and goes over nothing."""

import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sigproxy.cli import main
from sigproxy.presets import PRESETS
from tests.isolation import turn

CLOSED = ("sigproxy.toml", "fullchain.pem", "privkey.pem", "turn-secret", "turnserver.conf")
FILES = {
    *("README", "sigproxy.toml", "fullchain.pem", "privkey.pem", "certbot/deploy-hook"),
    *("systemd/sigproxy.service", "systemd/sigproxy.socket", "logrotate/sigproxy"),
    *("fail2ban/filter.d/sigproxy.conf", "fail2ban/jail.d/sigproxy.conf"),
}
TURN = {"turn-secret", "turnserver.conf", "systemd/coturn.service.d/sigproxy.conf"}

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed (apt-get install openssl)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made" / "here"


def init(folder: Path, *options: str, preset: str = "acs") -> Result:
    arguments = ["init", "--preset", preset, "--name", "gateway.example", *options, str(folder)]
    return CliRunner().invoke(main, arguments)


def check(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check", "--config", str(folder / "sigproxy.toml"), *options])


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("options", [(), ("--turn", "--address", "198.18.0.7")], ids=["", "turn"])
def test_everything_is_written_and_check_says_ok(folder: Path, options: tuple[str, ...]) -> None:
    result = init(folder, "--origin", "https://app.hospital.example", *options)

    assert result.exit_code == 0, result.stderr
    assert written(folder) == FILES | (TURN if options else set())
    assert [line for line in FILES if str(folder / line) not in result.stdout] == []
    # --running: the ports are another test's subject.
    checked = check(folder, "--running")
    assert checked.exit_code == 0, checked.stderr
    assert "ok; 1 route(s) on 0.0.0.0:8443" in checked.stdout
    notes = re.findall(r"note: (\S+):", checked.stderr)
    # Until sigproxy.socket is enabled, nothing opens the port that clients of TURN dial.
    assert notes == [*(["turn.tls_port"] if options else []), "server.certificate"]
    assert "is self-signed, so that clients refuse it" in checked.stderr


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_makes_a_configuration_that_is_ok(folder: Path, preset: str) -> None:
    result = init(folder, preset=preset)

    assert result.exit_code == 0, result.stderr
    assert check(folder, "--running").exit_code == 0


def test_check_finds_the_ports_free_too(folder: Path) -> None:
    init(folder, "--turn", "--address", "198.18.0.7")

    with turn("8443"):
        result = check(folder)

    assert (result.exit_code, "ok; 1 route(s)" in result.stdout) == (0, True), result.stderr


def test_what_is_secret_is_for_the_service_alone(folder: Path) -> None:
    init(folder, "--turn")

    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in written(folder)}
    assert {name for name, mode in modes.items() if not mode & 0o007} == set(CLOSED)
    assert modes["certbot/deploy-hook"] == 0o755
    [secret] = (folder / "turn-secret").read_text().split()
    assert len(secret) == 64
    assert f"static-auth-secret={secret}" in (folder / "turnserver.conf").read_text()


def test_coturn_s_file_is_what_check_wants(folder: Path) -> None:
    init(folder, "--turn", "--address", "198.18.0.7")

    config, file = str(folder / "sigproxy.toml"), str(folder / "turnserver.conf")
    result = CliRunner().invoke(main, ["coturn", "--config", config, "--check", file])

    assert result.exit_code == 0, result.stdout
    assert "it lacks nothing" in result.stdout


@pytest.mark.parametrize("name", ["sigproxy.toml", "privkey.pem", "turnserver.conf", "README"])
def test_nothing_is_overwritten(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text("mine\n")

    result = init(folder, "--turn")

    assert result.exit_code == 1
    assert result.stderr == (
        f"{folder / name} exists, and nothing is overwritten; give another folder, or move it "
        "away\n"
    )
    assert written(folder) == {name}
    assert (folder / name).read_text() == "mine\n"


def test_a_link_to_nowhere_is_in_the_way_too(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "sigproxy.toml").symlink_to(folder / "elsewhere")

    assert "sigproxy.toml exists, and nothing is overwritten" in init(folder).stderr
    assert not (folder / "elsewhere").exists()


def test_what_cannot_be_written_leaves_nothing_behind(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "systemd").touch()  # a file where a folder has to be

    result = init(folder)

    assert result.exit_code == 1
    assert "systemd" in result.stderr
    assert "give a folder that you may write" in result.stderr
    assert written(folder) == {"systemd"}


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--origin", "app.example"), "route[0].allowed_origins: 'app.example' is not an origin"),
        (("--address", "198.18.0.7"), "--address is for coturn, so it needs --turn"),
        (("--turn", "--address", "x"), "'x' is no IPv4 address"),
        (("--name", "a b"), "'a b' should be a host, or host:port"),
        (("--name", "192.0.2.7"), "'192.0.2.7' is an address, for which certbot gets no"),
        (("--name", "[2001:db8::7]:8443"), "is an address, for which certbot gets no"),
    ],
)
def test_what_no_gateway_can_have_is_said(
    folder: Path, options: tuple[str, ...], fault: str
) -> None:
    result = init(folder, *options)

    assert result.exit_code in (1, 2)
    assert fault in " ".join(result.stderr.split())
    assert not folder.exists()


def test_a_folder_that_no_unit_can_name_is_refused(tmp_path: Path) -> None:
    result = init(tmp_path / "a b")

    assert result.exit_code == 2
    assert "has characters that a unit cannot hold" in result.stderr


def test_without_openssl_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))

    result = init(folder)

    assert (result.exit_code, result.stderr) == (
        1,
        "openssl is not installed: apt-get install openssl\n",
    )
    assert not folder.exists()


def test_examples_that_are_left_are_named(folder: Path) -> None:
    said = init(folder, "--turn", preset="realtimekit").stderr

    assert "allowed_origins has https://app.example.com; write your page's origin there" in said
    assert "203.0.113.5 stands for this machine's public IPv4 address" in said
    assert "*.gateway.example: DNS and the certificate need this name too" in said


def test_a_port_that_the_socket_does_not_open_is_named(folder: Path) -> None:
    said = init(folder, "--name", "gateway.example:8443").stderr

    assert (
        f"{folder}/systemd/sigproxy.socket: it opens port 443, and clients dial "
        "gateway.example:8443; write that port there"
    ) in said
    assert "it opens port" not in init(folder / "plain").stderr


def test_the_units_start_this_program_with_this_configuration(folder: Path) -> None:
    init(folder)

    unit = (folder / "systemd/sigproxy.service").read_text()
    [start] = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    program = start.split()[0]
    assert Path(program).parent == Path(sys.executable).parent
    assert start.endswith(f"serve --config {folder}/sigproxy.toml")
    assert f"EnvironmentFile=-{folder}/environment" in unit
    whole = "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert "/opt/sigproxy/bin" not in whole
    assert "/etc/sigproxy/" not in whole


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (apt-get install systemd)",
)
def test_systemd_takes_the_units(folder: Path) -> None:
    init(folder)
    units = [str(folder / "systemd" / f"sigproxy.{kind}") for kind in ("service", "socket")]

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_jail_reads_the_journal(folder: Path) -> None:
    init(folder)

    jail = (folder / "fail2ban/jail.d/sigproxy.conf").read_text()
    settings = [line for line in jail.splitlines() if line and not line.startswith("#")]
    assert "backend = systemd" in settings
    assert not any(line.startswith("logpath") for line in settings)
    document = tomllib.loads((folder / "sigproxy.toml").read_text())
    assert "access_log" not in document  # its default is the journal
