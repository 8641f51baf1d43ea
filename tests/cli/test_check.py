"""`sigproxy check`: what it prints, and for whom it judges."""

import grp
import json
import os
import pwd
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result

from sigproxy.cli import main
from sigproxy.cli import service as cli_service
from sigproxy.config.unit import Unit
from tests.lab.folders import open_folder
from tests.ports import free_port

UNIT = Path("/etc/systemd/system/sigproxy.service")
ROUTE = '[[route]]\ntargets = ["api.example.com"]\n'
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can judge for another user")


@pytest.fixture
def file() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder / "sigproxy.toml"


@pytest.fixture(autouse=True)
def unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no unit installed, and no proxy in the environment, whatever this machine has."""
    monkeypatch.setattr(cli_service, "installed", lambda: None)
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def install(patch: pytest.MonkeyPatch, unit: Unit | None) -> None:
    patch.setattr(cli_service, "installed", lambda: unit)


def checked(file: Path, text: str, *options: str, **environ: str) -> Result:
    file.write_text(f"{ROUTE}{text}")
    command = ["check", "--config", str(file), *options]
    return CliRunner().invoke(main, command, env=dict(environ))


def test_notes_are_printed_and_the_end_is_well(file: Path) -> None:
    text = f'[server]\nbind = ["0.0.0.0:{free_port()}"]\nworkers = 1\n'
    result = checked(file, text)
    assert result.exit_code == 0
    [note] = result.stderr.splitlines()
    assert note.startswith(f"{file}: note: server.certificate: without it 0.0.0.0:")
    assert result.stdout.startswith(f"{file}: ok; 1 route(s) on 0.0.0.0:")


def test_a_proxy_in_the_environment_is_noted_and_one_of_the_settings_is_not(file: Path) -> None:
    environ = {"HTTPS_PROXY": "http://moni:s3cr3t@proxy.example:3128"}
    text = f'[server]\nbind = ["127.0.0.1:{free_port()}"]\nworkers = 1\n'
    result = checked(file, text, **environ)
    assert result.exit_code == 0
    [note] = result.stderr.splitlines()
    assert note.startswith(f"{file}: note: upstream.proxy: HTTPS_PROXY is set here (http://***@")
    assert "s3cr3t" not in result.output
    text += "[upstream]\nproxy = 'http://proxy.example:3128'\n"
    assert checked(file, text, **environ).stderr == ""


def test_every_mistake_that_works_is_a_note(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 20_000))
    ends = datetime.now(UTC) + timedelta(days=2, hours=1)
    leaf = trustme.CA().issue_cert("gw.example", not_after=ends)
    certificate, key = file.with_name("cert.pem"), file.with_name("key.pem")
    leaf.cert_chain_pems[0].write_to_path(certificate)
    leaf.private_key_pem.write_to_path(key)
    key.chmod(0o644)
    nobody = f"127.0.0.1:{free_port()}"
    text = f"""
        [server]
        bind = ["0.0.0.0:{free_port()}"]
        workers = 2
        certificate = "{certificate}"
        private_key = "{key}"
        public_names = ["gateway.example.com"]
        [limits]
        websockets = 1000000
        request_rate = "60/minute"
        [upstream]
        nameservers = ["{nobody}"]
        """

    result = checked(file, text, "--running", "--online")

    assert result.exit_code == 0, result.stderr
    notes = [line.removeprefix(f"{file}: note: ") for line in result.stderr.splitlines()]
    for note in (
        "limits.request_rate: each of the 2 workers counts by itself, so that one client address "
        "may make up to 2 x 60/minute; ",
        "limits.websockets: a worker may open 20000 files, ",
        f"server.certificate: {certificate} is valid for 2 day(s) more, until ",
        f"server.certificate: {certificate} is not for gateway.example.com, so that clients ",
        f"server.private_key: every user of this machine can read the private key in {key}; ",
        f"upstream.nameservers: the name server {nobody} ",
    ):
        assert [each for each in notes if each.startswith(note)], (note, notes)


def test_nothing_is_asked_unless_it_is_asked_for(file: Path) -> None:
    text = f'[upstream]\nnameservers = ["127.0.0.1:{free_port()}"]\n'
    assert checked(file, text, "--running").stderr == ""
    result = checked(file, text, "--running", "--online")
    assert result.exit_code == 0
    assert f"{file}: note: upstream.nameservers: the name server 127.0.0.1:" in result.stderr


@as_root
def test_root_says_that_it_judged_for_itself(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, None)
    monkeypatch.setattr(cli_service, "found", lambda name: None)
    result = checked(file, "", "--running")
    assert result.exit_code == 0
    [line] = [each for each in result.stdout.splitlines() if each.startswith("user: ")]
    assert line.startswith("user: root, who runs this: there is neither sigproxy.service nor ")
    assert "--user" in line
    monkeypatch.undo()
    assert "user: root, as --user says" in checked(file, "", "--running", "--user", "root").stdout


@as_root
def test_root_judges_for_the_user_of_the_unit(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Unit(UNIT, "nobody"))
    keys = file.with_name("keys")
    keys.write_text("a-key-of-a-client-01")
    keys.chmod(0o600)
    group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    text = f'keys_file = "{keys}"\n'

    result = checked(file, text, "--running")

    assert result.exit_code == 1
    assert result.stderr == (
        f"{file}: route[0].keys_file: {keys} cannot be read by the user nobody, as whom the "
        f"service runs; chgrp {group} {keys} && chmod 640 {keys}\n"
    )
    assert checked(file, text, "--running", "--user", "root").exit_code == 0
    assert checked(file, text, "--running", "--user", "daemon").exit_code == 1
    keys.chmod(0o644)
    result = checked(file, text, "--running")
    assert result.exit_code == 0
    assert f"user: nobody, as {UNIT} has it" in result.stdout.splitlines()


@as_root
def test_the_configuration_itself_must_be_readable(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Unit(UNIT, "nobody"))
    file.touch(mode=0o600)
    result = checked(file, "", "--running")
    assert result.exit_code == 1
    assert f"{file}: file: {file} cannot be read by the user nobody" in result.stderr


@as_root
def test_the_units_variables_sockets_and_limits_count(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = Unit(
        UNIT,
        "root",
        binds=("0.0.0.0:443", "[::]:443"),
        open_files=20_000,
        environment={"SIGPROXY_LIMITS__WEBSOCKETS": "12000", "SIGPROXY_SERVER__WORKERS": "1"},
    )
    install(monkeypatch, unit)

    result = checked(file, "", SIGPROXY_SERVER__VIA="true")

    assert result.exit_code == 0, result.output
    assert "ok; 1 route(s) on 0.0.0.0:443, [::]:443" in result.stdout
    assert "note: limits.websockets: a worker may open 20000 files" in result.stderr
    assert f"environment: 2 variable(s) of {UNIT}" in result.stderr
    file.write_text("")
    assert "an open relay" in CliRunner().invoke(main, ["check", "--config", str(file)]).stderr


@as_root
@pytest.mark.parametrize("is_dynamic", [False, True])
def test_a_user_that_is_not_there(
    file: Path, monkeypatch: pytest.MonkeyPatch, is_dynamic: bool
) -> None:
    install(monkeypatch, Unit(UNIT, "no-such-user", is_dynamic=is_dynamic))
    result = checked(file, "", "--running")
    if is_dynamic:  # systemd makes it
        assert result.exit_code == 0
        assert f"user: no-such-user, as {UNIT} has it" in result.stdout
    else:
        assert result.exit_code == 1
        assert result.stderr == (
            f"{UNIT}: User: there is no user no-such-user on this machine; create it: useradd "
            "--system --no-create-home --shell /usr/sbin/nologin no-such-user\n"
        )


def test_a_user_that_cannot_be_judged_for(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = checked(file, "", "--user", "no-such-user")
    assert result.exit_code == 2
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    result = checked(file, "", "--user", "root")
    assert result.exit_code == 2
    assert "Invalid value for --user: only root can judge for another user" in result.stderr
    assert checked(file, "", "--running", "--user", "nobody").exit_code == 0


def test_programs_get_the_same_in_one_object(file: Path) -> None:
    text = f'[server]\nbind = ["0.0.0.0:{free_port()}"]\nworkers = 1\n'

    found = json.loads(checked(file, text, "--json").stdout)
    people = checked(file, text)

    assert (found["ok"], found["problems"], found["workers"]) == (True, [], 1)
    assert [f"{file}: note: {note}" for note in found["notes"]] == people.stderr.splitlines()
    assert all(f"timeouts of {line}" in people.stdout for line in found["timeouts"])


def test_programs_get_each_problem(file: Path) -> None:
    result = checked(file, '[server]\nworkers = 0\ncertificate = "/nowhere/x.pem"\n', "--json")

    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, found["ok"]) == (1, "", False)
    assert [each["key"] for each in found["problems"]] == ["server.workers", "server.certificate"]
    assert found["problems"][0].keys() == {"source", "key", "what", "remedy"}
