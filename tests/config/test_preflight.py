"""What only this machine can tell: logs, addresses, limits."""

import errno
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sigproxy.config import (
    Problem,
    Settings,
    load,
    preflight,
    remarks,
)
from tests.config.loading import from_text


@pytest.mark.parametrize("name", ["connections", "websockets"])
def test_an_address_that_may_hold_all_is_noted(file: Path, name: str) -> None:
    limits = f"{{{name} = 300, {name}_per_address = 300}}"
    text = f"server = {{workers = 1}}\nlimits = {limits}"

    assert list(remarks(from_text(file, text))) == [
        f"limits.{name}_per_address: one client address may use all 300 that "
        f"limits.{name} allows, and lock the others out; choose a lower number"
    ]
    assert list(remarks(from_text(file, text.replace("address = 300", "address = 299")))) == []


def found(folder: Path, *, bind: bool = False, **variables: object) -> list[str]:
    """Return what preflight finds, without the folder and the source."""
    environ = {f"SIGPROXY_{name.upper()}": str(value) for name, value in variables.items()}
    problems = preflight(load(None, environ), bind=bind)
    assert all(problem.source == "environment" for problem in problems)
    return [str(problem).replace(f"{folder}/", "").partition(": ")[2] for problem in problems]


def test_access_log(tmp_path: Path) -> None:
    variable = "SIGPROXY_ACCESS_LOG__PATH"
    assert found(tmp_path, access_log__path=tmp_path / "access.log") == []
    assert list(tmp_path.iterdir()) == []
    assert found(tmp_path, access_log__path="/nowhere/a.log") == [
        f"{variable}: the folder /nowhere does not exist; create it, or use '-'"
    ]
    assert found(tmp_path, access_log__path=tmp_path) == [
        f"{variable}: {tmp_path} is a folder; name a file in it"
    ]
    assert found(tmp_path, access_log__path="/proc/version") == [
        f"{variable}: /proc/version cannot be written; let the user who runs sigproxy write it"
    ] or os.access("/proc/version", os.W_OK)


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


def test_port_taken(tmp_path: Path, taken: int) -> None:
    address = f"127.0.0.1:{taken}"
    assert found(tmp_path, server__bind=address, bind=True) == [
        f"SIGPROXY_SERVER__BIND: {address} is taken by another program; "
        "stop that program or choose another address"
    ]
    assert found(tmp_path, server__bind=address, bind=False) == []


def test_port_free_and_left_free(tmp_path: Path, taken: int) -> None:
    address = f"127.0.0.2:{taken}"
    assert found(tmp_path, server__bind=address, bind=True) == []
    with closing(socket.create_server(("127.0.0.2", taken))):
        pass


def test_not_our_address(file: Path) -> None:
    # 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
    text = '[server]\nbind = ["192.0.2.1:8443"]\n[[route]]\ntargets = ["api.example.com"]'
    assert preflight(from_text(file, text)) == (
        Problem(
            str(file),
            "server.bind",
            "192.0.2.1:8443 is not an address of this machine",
            "choose one of its own, or 0.0.0.0 or [::] for all",
        ),
    )


def test_port_without_the_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unprivileged(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Unprivileged)
    assert found(tmp_path, server__bind="127.0.0.1:443", bind=True) == [
        "SIGPROXY_SERVER__BIND: 127.0.0.1:443 needs a permission that this user does not have; "
        "choose a port above 1023, or grant CAP_NET_BIND_SERVICE"
    ]


def test_socket_file(tmp_path: Path) -> None:
    def bind(name: str) -> list[str]:
        problems = found(tmp_path, server__bind=f"unix:{tmp_path}/{name}", bind=True)
        return [problem.removeprefix("SIGPROXY_SERVER__BIND: ") for problem in problems]

    (tmp_path / "file").touch()
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(tmp_path / "live"))
        listener.listen()
        assert bind("live") == [
            "unix:live is taken by another program; stop that program or choose another address"
        ]
    assert bind("live") == [], "a socket left behind is replaced"
    assert bind("new") == []
    assert bind("file") == [
        "unix:file cannot be bound: a file that is not a socket is in its place; "
        "choose another address"
    ]
    assert bind("no/a") == [
        f"unix:no/a cannot be bound: the folder {tmp_path}/no does not exist; "
        "choose another address".replace(f"{tmp_path}/", "")
    ]
    assert not (tmp_path / "new").exists()


def test_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert preflight(Settings(), bind=False) == ()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1024))
    [problem] = preflight(Settings(), bind=False)
    assert str(problem) == (
        "system: RLIMIT_NOFILE: a process may open 1024 files, and a WebSocket takes two; "
        "allow 4096 or more: LimitNOFILE= in the unit, ulimit -Hn in a shell"
    )
