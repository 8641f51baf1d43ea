"""``sigproxy coturn``: a file that coturn 4.6 starts with, and relays by as it should."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack, unpack
from time import monotonic

import pytest
from click.testing import CliRunner, Result

from sigproxy.cli import main
from tests.lab import proxy_headers
from tests.orphans import end_with_parent
from tests.ports import free_port
from tests.tools.turn_file import OTHER_SECRET, SECRET, written

OWN = "127.0.0.2"  # loopback stands for the public address
WAIT_S = 60.0
COMPLAINT = re.compile(r"warn|error|bad config|unknown|cannot|deprecat|invalid", re.IGNORECASE)
BINDING = bytes.fromhex("00010000 2112a442") + b"0123456789ab"  # RFC 8489, 5

CLIENT = ("198.51.100.7", 50000)  # as proxy_headers has the port

ROUTES = '[[route]]\npresets = ["acs"]\n'


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["coturn", *arguments])


def printed(config: Path, *arguments: str) -> str:
    result = ran("--config", str(config), *arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(), free_port()


def config(folder: Path, ports: tuple[int, int], *more: str) -> Path:
    own = (f'addresses = ["{OWN}"]', f"udp_port = {ports[0]}", f'relay = "127.0.0.1:{ports[1]}"')
    return written(folder, "\n".join((*own, *more)), ROUTES)


@contextmanager
def running(folder: Path, text: str, port: int) -> Iterator[Path]:
    """Run coturn with *text*, and yield the path of what it says, once it answers STUN."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("coturn is not installed: apt-get install coturn")
    file, log = folder / "turnserver.conf", folder / "log"
    file.write_text(text)
    own = ("-c", str(file), f"--userdb={folder / 'db'}", f"--pidfile={folder / 'pid'}")
    with log.open("wb") as said:
        process = subprocess.Popen(
            (program, *own), stdout=said, stderr=said, preexec_fn=end_with_parent
        )
    try:
        _answers(port)
        yield log
    finally:
        process.terminate()
        process.wait(WAIT_S)


def _answers(port: int) -> None:
    ends_at = monotonic() + WAIT_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.1)
        while monotonic() < ends_at:
            client.sendto(BINDING, (OWN, port))
            try:
                assert client.recv(2048)[:2] == b"\x01\x01"
                return
            except (TimeoutError, ConnectionRefusedError):
                continue
    raise AssertionError("coturn answers no STUN")


def _mapped_through_proxy_port(port: int) -> tuple[str, int]:
    """Return the client's address that coturn tells it, where the gateway told it of CLIENT."""
    header = proxy_headers.binary(1, 0x11, proxy_headers.addresses(CLIENT[0], OWN))
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as gateway:
        gateway.sendall(header + BINDING)
        answer = b""
        while len(answer) < 32:
            received = gateway.recv(2048)
            assert received, answer
            answer += received
    assert answer[:2] == b"\x01\x01"
    at = answer.index(bytes.fromhex("0020 0008 0001"))  # XOR-MAPPED-ADDRESS, IPv4
    mapped_port, address = unpack("!HI", answer[at + 6 : at + 12])
    return socket.inet_ntoa(pack("!I", address ^ 0x2112A442)), mapped_port ^ 0x2112


@pytest.mark.parametrize("policy", ["sfu", "deny-private"])
def test_coturn_starts_without_a_warning(
    policy: str, tmp_path: Path, ports: tuple[int, int]
) -> None:
    text = printed(config(tmp_path, ports), "--policy", policy)
    with running(tmp_path, text, ports[0]) as log:
        assert _mapped_through_proxy_port(ports[1]) == CLIENT
    lines = log.read_text().splitlines()
    assert any("turn server id=" in line for line in lines)
    assert [line for line in lines if COMPLAINT.search(line)] == []


def test_the_own_address_is_relayed_to_and_private_ones_are_not(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    text = printed(config(tmp_path, ports)) + "allow-loopback-peers\n"
    client = shutil.which("turnutils_uclient")
    with running(tmp_path, text, ports[0]):
        assert client is not None  # it comes with turnserver

        def relayed(secret: str, *to: str) -> str:
            asked = (client, "-W", secret, "-u", "x1", "-p", str(ports[0]), "-n", "1", "-m", "1")
            done = subprocess.run((*asked, *to, OWN), capture_output=True, timeout=WAIT_S)
            return (done.stdout + done.stderr).decode()

        for secret in (SECRET, OTHER_SECRET):
            assert "Total lost packets 0" in relayed(secret, "-y")
        for peer in ("10.1.2.3", "169.254.169.254", "127.0.0.1", "192.168.1.1", "0.0.0.1"):
            assert "403 (Forbidden IP)" in relayed(SECRET, "-e", peer), peer


def test_every_line_taken_away_is_named(tmp_path: Path) -> None:
    file = config(tmp_path, (3478, 3479))
    lines = printed(file).splitlines()
    theirs = tmp_path / "theirs.conf"
    for index, line in enumerate(lines):
        if line and not line.startswith("#"):
            theirs.write_text("\n".join(lines[:index] + lines[index + 1 :]))
            result = ran("--config", str(file), "--check", str(theirs))
            assert result.exit_code == 1
            assert result.stdout.count("\n") == 1
            assert SECRET not in result.stdout
            key, _, value = line.partition("=")
            assert result.stdout.startswith(key)
            assert value in result.stdout or key == "static-auth-secret"


def test_check_says_ok_and_what_is_dangerous(tmp_path: Path) -> None:
    file, theirs = config(tmp_path, (3478, 3479)), tmp_path / "theirs.conf"
    theirs.write_text(printed(file))
    result = ran("--config", str(file), "--check", str(theirs))
    assert (result.exit_code, result.stdout) == (0, f"{theirs}: ok; it lacks nothing\n")
    theirs.write_text(printed(file) + "no-auth\n")
    result = ran("--config", str(file), "--check", str(theirs))
    assert result.exit_code == 1
    assert "no-auth: everybody relays" in result.stdout


def test_behind_nat_and_with_ipv6(tmp_path: Path) -> None:
    file = config(tmp_path, (3478, 3479))
    text = printed(file, "--local-ip", "10.0.0.4", "--relay-ip6", "2606:2800:220:1::5")
    assert f"\nexternal-ip={OWN}/10.0.0.4\n" in text
    assert "\nrelay-ip=2606:2800:220:1::5\n" in text


def test_the_policy_sfu_has_the_ranges_of_the_vendors_that_the_routes_reach(
    tmp_path: Path,
) -> None:
    text = printed(config(tmp_path, (3478, 3479)), "--policy", "sfu")
    assert "\nallowed-peer-ip=20.202.0.0-20.202.255.255\n" in text
    assert "99.77" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--local-ip", "h"), 2, "'h' is no IPv4 address"),
        (("--relay-ip6", "10.0.0.1"), 2, "'10.0.0.1' is no IPv6 address"),
        (("--check", "/none"), 1, "/none: it cannot be read: No such file or directory"),
        (("--for", "3"), 2, "4.6"),
    ],
)
def test_what_is_wrong_is_told(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    result = ran("--config", str(config(tmp_path, (3478, 3479))), *arguments)
    assert result.exit_code == code
    assert says in result.stderr


def test_without_turn_there_is_nothing_to_print() -> None:
    result = ran()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("the defaults: there is no [turn]")
