"""What another user cannot do with the files and addresses of the settings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigproxy.config import Settings, load
from sigproxy.config.access import bind_faults, file_faults, unreadable
from sigproxy.config.account import Account, dynamic, found
from sigproxy.config.unit import CREDENTIALS, Unit
from tests.lab.folders import open_folder

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can judge for another user")

USER = Account("sigproxy", 61000, 61001, (61001, 61002))  # nobody's ids
UNIT = Unit(Path("/etc/systemd/system/sigproxy.service"), "sigproxy")
REMEDY = "chgrp 61001 {0} && chmod 640 {0}"


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


def made(path: Path, mode: int, uid: int = 0, gid: int = 0) -> Path:
    path.write_text("x")
    path.chmod(mode)
    os.chown(path, uid, gid)
    return path


def with_files(**variables: object) -> Settings:
    return load(None, {f"SIGPROXY_{name.upper()}": str(text) for name, text in variables.items()})


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "is_readable"),
    [
        (0o600, 0, 0, False),
        (0o640, 0, 0, False),
        (0o640, 0, USER.gid, True),
        (0o640, 0, 61002, True),  # of SupplementaryGroups=
        (0o400, USER.uid, 0, True),
        (0o604, 0, 0, True),
        (0o604, 0, USER.gid, False),  # the group's bits count, not the others'
    ],
)
def test_the_kernel_says_who_can_read(
    folder: Path, mode: int, uid: int, gid: int, is_readable: bool
) -> None:
    path = made(folder / "key.pem", mode, uid, gid)
    fault = unreadable(path, USER, UNIT)
    assert (fault is None) is is_readable
    if fault is not None:
        assert fault.what == (
            f"{path} cannot be read by the user sigproxy, as whom the service runs"
        )
        assert fault.remedy == REMEDY.format(path)


def test_root_is_root_again(folder: Path) -> None:
    before = os.getresuid(), os.getresgid(), os.getgroups()
    assert not USER.can_read(made(folder / "key.pem", 0o600))
    assert (os.getresuid(), os.getresgid(), os.getgroups()) == before


def test_a_folder_on_the_way_that_is_closed(folder: Path) -> None:
    archive = folder / "archive"
    archive.mkdir()
    path = made(archive / "key.pem", 0o644)
    link = folder / "live.pem"
    link.symlink_to(path)
    archive.chmod(0o700)
    fault = unreadable(link, USER, None)
    assert fault is not None
    assert f"sigproxy, as whom the service runs: the folder {archive} is closed to it" in fault.what
    assert fault.remedy.startswith(f"copy it: install -m 0640 -g 61001 {link} /etc/sigproxy/ (as a")


def test_what_is_not_there_is_said_elsewhere(tmp_path: Path) -> None:
    assert unreadable(tmp_path / "none.pem", USER, UNIT) is None
    assert unreadable(CREDENTIALS / "key.pem", USER, UNIT) is None


def test_homes_are_hidden_from_the_service(folder: Path) -> None:
    path = made(folder / "key.pem", 0o644)
    unit = Unit(UNIT.path, "sigproxy", hidden=(folder,))
    fault = unreadable(path, USER, unit)
    assert fault is not None
    assert fault.what == (
        f"{path} is hidden from the service (ProtectHome= in /etc/systemd/system/sigproxy.service)"
    )
    assert unreadable(path, USER, UNIT) is None


def test_each_file_of_the_settings_is_tried(folder: Path) -> None:
    keys, secret = made(folder / "keys", 0o600), made(folder / "secret", 0o600)
    keys.write_text("a-key-of-a-client-01")
    secret.write_text("0123456789abcdef" * 2)
    settings = with_files(
        server__certificate=made(folder / "cert.pem", 0o600),
        server__private_key=made(folder / "key.pem", 0o600),
        upstream__ca_file=made(folder / "ca.pem", 0o600),
        route=f'[{{"keys_file": "{keys}"}}]',
        turn__name="gw.example",
        turn__secret_file=secret,
        turn__keys_file=keys,
    )
    assert [loc for loc, _ in file_faults(settings, USER, UNIT)] == [
        ("server", "certificate"),
        ("server", "private_key"),
        ("upstream", "ca_file"),
        ("route", 0, "keys_file"),
        ("turn", "keys_file"),
        ("turn", "secret_file"),
    ]


def log_fault(path: Path, unit: Unit | None = UNIT) -> str | None:
    found = list(file_faults(with_files(access_log__path=path), USER, unit))
    assert all(loc == ("access_log", "path") for loc, _ in found)
    return str(found[0][1]) if found else None


def test_a_log_that_the_user_cannot_write(folder: Path) -> None:
    whose = "by the user sigproxy, as whom the service runs"
    path = folder / "access.log"
    assert log_fault(path) == f"{path} cannot be written {whose}; chown sigproxy {folder}"
    made(path, 0o644)
    assert log_fault(path) == f"{path} cannot be written {whose}; chown sigproxy {path}"
    made(path, 0o644, USER.uid)
    assert log_fault(path) is None
    assert log_fault(Path("/dev/null")) is None


def test_a_log_in_a_folder_that_systemd_makes(folder: Path) -> None:
    unit = Unit(UNIT.path, made=(folder, folder / "later"), read_only_but=(folder,))
    assert log_fault(folder / "access.log", unit) is None
    assert log_fault(folder / "later" / "access.log", unit) is None
    made(folder / "access.log", 0o600)
    assert "cannot be written by the user sigproxy" in str(log_fault(folder / "access.log", unit))


def test_a_log_where_the_service_can_write_nothing(folder: Path) -> None:
    os.chown(folder, USER.uid, USER.gid)
    unit = Unit(UNIT.path, read_only_but=(Path("/var/log/sigproxy"),))
    assert log_fault(folder / "access.log") is None
    assert log_fault(folder / "access.log", unit) == (
        f"{folder}/access.log is read-only for the service (ProtectSystem= in {UNIT.path}); name a "
        f"file in /var/log/sigproxy, or add ReadWritePaths={folder} in a drop-in (systemctl edit "
        "sigproxy.service)"
    )


def bind_fault(bind: str, unit: Unit = UNIT, account: Account = USER) -> list[str]:
    return [str(each) for _, each in bind_faults(with_files(server__bind=bind), account, unit)]


def test_low_ports_need_a_permission() -> None:
    assert bind_fault("127.0.0.1:443,127.0.0.1:8443") == [
        "127.0.0.1:443 needs a permission that the user sigproxy does not have; choose a port "
        "above 1023, or have systemd open it (systemctl enable sigproxy.socket), or grant "
        "CAP_NET_BIND_SERVICE in a drop-in"
    ]
    assert bind_fault("127.0.0.1:443", Unit(UNIT.path, takes_low_ports=True)) == []


def test_a_socket_in_a_folder_of_others(folder: Path) -> None:
    bind = f"unix:{folder}/a.sock"
    assert bind_fault(bind) == [
        f"{bind} cannot be bound: the user sigproxy cannot write its folder; "
        f"chown sigproxy {folder}"
    ]
    os.chown(folder, USER.uid, 0)
    assert bind_fault(bind) == []


def test_accounts_of_this_machine() -> None:
    nobody = found("nobody", more_groups=["daemon", "no-such-group"])
    daemon = found("daemon")
    assert nobody is not None
    assert daemon is not None
    assert nobody.uid == 65534
    assert daemon.gid in nobody.groups
    assert found("1") == daemon
    assert found("nobody", "daemon") != nobody
    assert found("no-such-user-here") is None
    assert dynamic("sigproxy", None, ["daemon"]).groups[-1] == daemon.gid
