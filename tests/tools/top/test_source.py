"""Where the figures come from: which addresses are understood, and what is said if they fail."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sigproxy.cli import main
from sigproxy.telemetry.status.files import Found
from sigproxy.telemetry.status.report import Figures
from sigproxy.telemetry.status.view import status
from sigproxy.tools.top import source as sources
from sigproxy.tools.top.source import Source, Unreachable, of_bind, parsed
from tests.telemetry.status.made import NOW, NOW_S, counted, exchange, report

Answer = Callable[[socket.socket], object]


@pytest.mark.parametrize(
    ("text", "place", "is_tls", "is_unix"),
    [
        ("127.0.0.1:9901", "127.0.0.1:9901", False, False),
        ("gateway", "gateway:80", False, False),
        ("http://gateway:9901/-/status?clients=shown", "gateway:9901", False, False),
        ("https://gateway.example/-/status", "gateway.example:443", True, False),
        ("[::1]:9901", "[::1]:9901", False, False),
        ("/run/admin.sock", "/run/admin.sock", False, True),
        ("unix:/run/admin.sock", "/run/admin.sock", False, True),
    ],
)
def test_what_is_understood(text: str, place: str, is_tls: bool, is_unix: bool) -> None:
    assert Source.parse(text) == Source(place, is_tls, is_unix)


@pytest.mark.parametrize(
    "text", ["ftp://x", "http://", ":9901", "http://user:secret@x", "x:port", "x:99999"]
)
def test_what_is_not(text: str) -> None:
    with pytest.raises(ValueError, match="should be host:port, a URL") as raised:
        Source.parse(text)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("bind", "place"),
    [("0.0.0.0:9901", "127.0.0.1:9901"), ("[::]:9901", "[::1]:9901"), ("10.0.0.1:1", "10.0.0.1:1")],
)
def test_what_listens_everywhere_is_reached_on_loopback(bind: str, place: str) -> None:
    assert of_bind(bind).place == place


@contextmanager
def listening(answer: Answer, listener: socket.socket | None = None) -> Iterator[str]:
    """Accept one connection and let *answer* have it, in a thread; yield the address."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    listener.listen(1)

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            answer(peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    name = listener.getsockname()
    with listener:
        yield name if isinstance(name, str) else f"127.0.0.1:{name[1]}"
        thread.join(10)


def answering(status_line: bytes, body: bytes) -> Answer:
    def answer(peer: socket.socket) -> None:
        while not peer.recv(65536).endswith(b"\r\n\r\n"):
            pass
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        peer.sendall(b"HTTP/1.1 " + status_line + b"\r\n" + length + body)

    return answer


def document() -> bytes:
    found = Found((report(counted(exchange())),), Figures(0), None)
    return sources._DOCUMENT.dump_json(status(found, NOW_S, NOW, shows_clients=False))


def top(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["top", *arguments])


def test_a_frame_and_the_document() -> None:
    with listening(answering(b"200 OK", document())) as address:
        result = top("--once", "--admin", address)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "✓ All is well: 1 worker" in result.stdout
    with listening(answering(b"200 OK", document())) as address:
        result = top("--json", "--admin", f"http://{address}/-/status")
    assert json.loads(result.stdout)["verdict"] == "well"


def test_a_socket_in_a_file(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "admin.sock"))
    with listening(answering(b"200 OK", document()), listener) as address:
        assert top("--once", "--admin", address).exit_code == 0


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (answering(b"404 Not Found", b""), "answers 404 to /-/status.json: it is not the admin"),
        (answering(b"200 OK", b'{"at": 1}'), "of another version than this command"),
        (answering(b"200 OK", b"not JSON"), "of another version than this command"),
        (lambda peer: peer.sendall(b"SSH-2.0-x\r\n"), "does not answer in HTTP"),
        (lambda peer: None, "closes the connection without an answer"),
    ],
)
def test_what_is_no_admin_listener_is_said(answer: Answer, said: str) -> None:
    with listening(answer) as address:
        result = top("--once", "--admin", address)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("sigproxy top: ")
    assert said in result.stderr


def test_one_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "TIMEOUT_S", 0.1)
    released = threading.Event()
    with listening(lambda peer: released.wait(10)) as address:
        result = top("--once", "--admin", address)
        released.set()
    assert result.exit_code == 1
    assert "does not answer within 0.1 s" in result.stderr


def test_one_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "TIMEOUT_S", 0.3)
    released = threading.Event()

    def drip(peer: socket.socket) -> None:
        with suppress(OSError):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
            while not released.wait(0.05):
                peer.sendall(b" ")

    with listening(drip) as address:
        result = top("--once", "--admin", address)
        released.set()
    assert result.exit_code == 1
    assert "does not answer within 0.3 s" in result.stderr


@pytest.mark.parametrize(
    "path", [("at",), ("reload", "at"), ("about", "started_at")], ids=lambda path: path[0]
)
@pytest.mark.parametrize("moment", ["rubbish", "", "2026-11-30T12:00:00", "\x1b]0;x\x07"])
def test_a_moment_that_is_none_is_said(path: tuple[str, ...], moment: str) -> None:
    status = json.loads(document())
    status["reload"] = {"at": status["at"], "is_ok": True, "why": []}
    place = status
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = moment
    with pytest.raises(Unreachable, match="a moment in it is none"):
        parsed(json.dumps(status).encode())


@pytest.mark.parametrize("said", [b'{"a": "\x1b[2J"}', b'"\xc2\x9b1m"', b"SSH", b"[" * 100_000])
def test_a_document_does_not_command_the_terminal(said: bytes) -> None:
    with listening(answering(b"200 OK", said)) as address:
        result = top("--json", "--admin", address)
    assert (result.stdout + result.stderr).replace("\n", "").isprintable()
    assert "Traceback" not in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
def test_a_full_disk_is_said_in_a_sentence() -> None:
    with listening(answering(b"200 OK", document())) as address, open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "sigproxy", "top", "--once", "--admin", address]
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("the output cannot be written: No space left on device; ")
    assert ended.stderr.count("\n") == 1


def test_which_gateway_has_to_be_said(tmp_path: Path) -> None:
    result = top("--once")
    assert result.exit_code == 2
    assert "--admin 127.0.0.1:9901, or --config FILE" in result.stderr
    assert top("--admin", "ftp://x").exit_code == 2
    file = tmp_path / "sigproxy.toml"
    file.write_text("")
    result = top("--config", str(file))
    assert result.exit_code == 1
    assert result.stderr == (
        f'{file}: it has no admin listener; add [admin] with bind = "127.0.0.1:9901"\n'
    )


def test_the_address_may_come_from_the_configuration(tmp_path: Path) -> None:
    with listening(answering(b"200 OK", document())) as address:
        file = tmp_path / "sigproxy.toml"
        file.write_text(f'[admin]\nbind = "{address}"\n')
        assert top("--once", "--config", str(file)).exit_code == 0


def test_a_document_of_another_version() -> None:
    with pytest.raises(Unreachable, match="another version"):
        parsed(b"{}")
