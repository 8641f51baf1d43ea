"""The units in systemd/: valid, hardened, and in step with what sigproxy does."""

import re
import shutil
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from sigproxy import config
from sigproxy.config import nesting
from sigproxy.config.preflight import MIN_OPEN_FILES
from sigproxy.service.options import options
from tests.service.systemd import SERVICE, SOCKET, START_S, setting_of, settings_of

MAX_EXPOSURE = 20  # tenths: 2.0 of 10, which systemd calls OK

needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (apt-get install systemd)",
)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


# The units, read by systemd itself


@needs_systemd_analyze
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    # Commands that this machine lacks are no fault of the unit.
    text = re.sub(r"^(Exec\w+=)\S+", r"\1/bin/true", SERVICE.read_text(), flags=re.MULTILINE)
    (tmp_path / SERVICE.name).write_text(text)
    shutil.copy(SOCKET, tmp_path)

    checked = analyze(
        "verify",
        "--man=no",
        "--recursive-errors=no",
        tmp_path / SERVICE.name,
        tmp_path / SOCKET.name,
    )

    assert (checked.returncode, checked.stdout) == (0, "")


@needs_systemd_analyze
def test_the_service_is_hardened() -> None:
    checked = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", SERVICE)

    assert checked.returncode == 0, checked.stdout


# What the units say, and what sigproxy does


def test_a_stop_leaves_time_to_drain() -> None:
    settings = config.load(None, {})
    assert float(setting_of(SERVICE, "TimeoutStopSec")) == nesting.UNIT_STOP_S
    until_gunicorn_kills_s = options(settings)["graceful_timeout"]

    assert settings.server.drain_s < until_gunicorn_kills_s
    assert until_gunicorn_kills_s < options(settings)["timeout"]
    assert until_gunicorn_kills_s + 5 <= float(setting_of(SERVICE, "TimeoutStopSec"))


def test_no_worker_lacks_descriptors() -> None:
    assert int(setting_of(SERVICE, "LimitNOFILE")) >= MIN_OPEN_FILES


def test_a_stop_is_told_to_the_master_alone() -> None:
    assert setting_of(SERVICE, "KillMode") == "mixed"


def test_the_master_is_what_systemd_watches() -> None:
    assert setting_of(SERVICE, "Type") == "notify"
    assert setting_of(SERVICE, "NotifyAccess") == "main"


def test_the_command_exists() -> None:
    program, *arguments = setting_of(SERVICE, "ExecStart").split()
    command, option, file = arguments

    usage = subprocess.run(
        [sys.executable, "-m", "sigproxy", command, "--help"],
        check=True,
        capture_output=True,
        text=True,
        timeout=START_S,
    ).stdout

    assert Path(program).name == "sigproxy"
    assert option in usage
    assert Path(file).is_absolute()


def test_a_reload_is_a_command_that_says_how_it_ended() -> None:
    start, reload = (setting_of(SERVICE, key).split() for key in ("ExecStart", "ExecReload"))
    assert reload == [start[0], "reload"]
    # Without it there is no $RUNTIME_DIRECTORY, in which the answer is.
    assert setting_of(SERVICE, "RuntimeDirectory") == "sigproxy"
    assert "RuntimeDirectoryPreserve" not in SERVICE.read_text(), "an old answer could be read"


def test_no_command_runs_before_the_sockets_are_handed_over() -> None:
    # It would find the port taken by systemd, and stop the start.
    assert not settings_of(SERVICE, "ExecStartPre")
    assert not settings_of(SERVICE, "ExecCondition")


def test_the_service_runs_without_the_socket_unit_too() -> None:
    for key in ("Requires", "BindsTo", "Requisite", "Sockets"):
        assert SOCKET.name not in " ".join(settings_of(SERVICE, key))


def test_ports_below_1024_need_no_capability() -> None:
    assert settings_of(SERVICE, "CapabilityBoundingSet") == [""]
    assert settings_of(SERVICE, "AmbientCapabilities") == [""]


def test_both_families_have_a_socket_of_their_own() -> None:
    assert settings_of(SOCKET, "ListenStream") == ["0.0.0.0:443", "[::]:443"]
    assert setting_of(SOCKET, "BindIPv6Only") == "ipv6-only"
    assert "Accept" not in SOCKET.read_text()


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",  # AWS, Azure, GCP and more
        "169.254.170.2",  # AWS, credentials of a container
        "fe80::1",
        "fd00:ec2::254",  # AWS
        "100.100.100.200",  # Alibaba
    ],
)
def test_metadata_services_are_out_of_reach(address: str) -> None:
    assert denied(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.53",  # systemd-resolved
        "127.0.0.1",
        "::1",
        "10.0.0.2",
        "192.168.1.1",
        "168.63.129.16",  # Azure's name server
        "203.0.113.7",
        "2001:db8::7",
    ],
)
def test_name_servers_clients_and_vendors_are_within_reach(address: str) -> None:
    assert not denied(address)


def denied(address: str) -> bool:
    names = {"multicast": ["224.0.0.0/4", "ff00::/8"]}
    words = setting_of(SERVICE, "IPAddressDeny").split()
    networks = [network for word in words for network in names.get(word, [word])]
    return any(ip_address(address) in ip_network(network) for network in networks)
