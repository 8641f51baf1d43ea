"""What keeps the service from starting: said in one clear line each, and nothing is started."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sigproxy.config import cpus
from tests.lab.pki import Pki
from tests.service.process import CHECK, SERVE, Document, Service, ran, toml

Make = Callable[..., Service]

both_commands = pytest.mark.parametrize("command", [SERVE, CHECK], ids=["serve", "check"])


async def faults(command: tuple[str, ...], running: Service) -> list[str]:
    """Return the lines that *command* writes about a configuration that it refuses."""
    code, out, err = await ran([*command, str(running.config)])
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert "gunicorn" not in err  # nothing was started
    return err.splitlines()


@both_commands
async def test_every_fault_is_named(service: Make, command: tuple[str, ...]) -> None:
    running = service(
        server={"wrokers": 1, "drain_s": "long"},
        upstream={"nameservers": ["dns.example"], "allow_networks": ["10.0.0.1/8"]},
        limits={"request_body_mib": 0},
    )

    lines = await faults(command, running)

    file = str(running.config)
    expected = {
        "server.wrokers": "did you mean workers?",
        "server.drain_s": "without quotes",
        "upstream.nameservers": "write an IP address",
        "upstream.allow_networks": "write 10.0.0.0/8",
        "limits.request_body_mib": "use 1 or more",
    }
    assert len(lines) == len(expected)
    for key, remedy in expected.items():
        [line] = [line for line in lines if line.startswith(f"{file}: {key}: ")]
        assert remedy in line.partition("; ")[2]


@both_commands
async def test_what_is_not_toml(service: Make, command: tuple[str, ...]) -> None:
    running = service()
    running.config.write_text('[server]\nbind = "')

    [line] = await faults(command, running)

    assert line.startswith(f"{running.config}: ")
    assert "is not TOML" in line


@both_commands
async def test_a_file_that_is_not_there(
    service: Make, tmp_path: Path, command: tuple[str, ...]
) -> None:
    running = service()
    running.config = tmp_path / "nothing.toml"

    [line] = await faults(command, running)

    assert "cannot be read: No such file or directory" in line


def _missing(pki: Pki, directory: Path) -> Document:
    return {"certificate": str(directory / "none.pem")}


def _garbage(pki: Pki, directory: Path) -> Document:
    broken = directory / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n")
    return {"certificate": str(broken), "private_key": str(pki.private_key)}


def _mismatch(pki: Pki, directory: Path) -> Document:
    return {"certificate": str(pki.certificate), "private_key": str(pki.foreign_key())}


def _no_key(pki: Pki, directory: Path) -> Document:
    return {"certificate": str(pki.certificate)}


@both_commands
@pytest.mark.parametrize(
    ("files", "says"),
    [
        (_missing, "none.pem cannot be read: No such file or directory; "),
        (_garbage, "broken.pem does not load: "),
        (_mismatch, "does not belong to "),
        (_no_key, "holds no private key; "),
    ],
    ids=["missing", "garbage", "mismatch", "no key"],
)
async def test_a_certificate_that_does_not_serve(
    service: Make,
    pki: Pki,
    tmp_path: Path,
    command: tuple[str, ...],
    files: Callable[[Pki, Path], Document],
    says: str,
) -> None:
    running = service(server=files(pki, tmp_path))

    [line] = await faults(command, running)

    assert line.startswith(f"{running.config}: server.")
    assert says in line


@both_commands
async def test_a_port_that_is_taken(service: Make, command: tuple[str, ...]) -> None:
    running = service()
    with socket.create_server(("127.0.0.1", running.port)):
        [line] = await faults(command, running)

    assert f"server.bind: 127.0.0.1:{running.port} is taken by another program; " in line


@both_commands
async def test_an_address_that_is_not_ours(service: Make, command: tuple[str, ...]) -> None:
    running = service(server={"bind": ["192.0.2.1:8443"]})

    [line] = await faults(command, running)

    assert "192.0.2.1:8443 is not an address of this machine; " in line


@both_commands
async def test_an_open_relay_needs_consent(service: Make, command: tuple[str, ...]) -> None:
    running = service(server={"bind": ["0.0.0.0:0"]}, route={"targets": ["*.com:*"]})
    running.document["server"]["bind"] = [f"0.0.0.0:{running.port}"]
    running.write()

    [line] = await faults(command, running)

    assert "an open relay" in line
    assert "server.open_relay = true" in line


async def test_a_log_that_cannot_be_written(service: Make, tmp_path: Path) -> None:
    running = service(access_log={"path": str(tmp_path / "no" / "access.log")})

    [line] = await faults(SERVE, running)

    assert "access_log.path: the folder " in line


async def test_a_port_taken_between_check_and_start(service: Make) -> None:
    """gunicorn itself then says so, and gives up. Plain gunicorn does without our check."""
    running = service()
    conf = Path(__file__).parents[2] / "conf" / "gunicorn.conf.py"
    with socket.create_server(("127.0.0.1", running.port)):
        code, _, err = await ran(
            [SERVE[0], "-m", "gunicorn", "-c", str(conf)],
            {"SIGPROXY_CONFIG": str(running.config)},
        )

    assert code == 1
    assert "Traceback" not in err
    assert "Connection in use" in err


# Of every process that a fork makes: no descriptor is left for its event loop.
NO_LOOP = """
import asyncio, errno, os

def fail():
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

os.register_at_fork(after_in_child=lambda: setattr(asyncio, "new_event_loop", fail))
"""


async def test_workers_that_cannot_start_end_the_service_with_the_reason(
    service: Make, tmp_path: Path
) -> None:
    """A loop of starts would say the same for ever; systemd starts the whole anew."""
    running = service(server={"workers": 8})
    (tmp_path / "sitecustomize.py").write_text(NO_LOOP)

    code, _, err = await ran([*SERVE, str(running.config)], {"PYTHONPATH": str(tmp_path)})

    assert code == 3, err
    assert (
        "this worker cannot start: [Errno 24] Too many open files; "
        "allow more open files: LimitNOFILE= in the unit, ulimit -Hn in a shell\n"
    ) in err
    assert "Reason: Worker failed to boot." in err
    assert "Traceback" not in err  # nor when the second fails while the first ends all
    assert err.count("Booting worker") <= 16


async def test_a_fault_in_the_environment_names_the_variable(service: Make) -> None:
    running = service()
    environ = {"SIGPROXY_SERVER__WORKERS": "many", "SIGPROXY_SERVER__WROKERS": "1"}

    code, _, err = await ran([*SERVE, str(running.config)], environ)

    assert code == 1
    assert "environment: SIGPROXY_SERVER__WORKERS: " in err
    assert "environment: SIGPROXY_SERVER__WROKERS: unknown setting; did you mean " in err


async def test_check_says_that_all_is_well(service: Make) -> None:
    running = service()

    code, out, err = await ran([*CHECK, str(running.config)])

    first, *more = out.splitlines()
    workers, *timeouts = [line for line in more if not line.startswith("user: ")]  # for root
    assert (code, err) == (0, "")
    assert workers == f"workers: 1 ({cpus.usable()})"
    assert first == f"{running.config}: ok; 1 route(s) on 127.0.0.1:{running.port}"
    assert timeouts == [
        "timeouts of a stop: drain_s 8 s < gunicorn ends a worker at 13 s"
        " < TimeoutStopSec 45 s in systemd/sigproxy.service",
        "timeouts of a worker: drain_s 8 s < gunicorn ends a worker at 13 s"
        " < a silent one is dead at 23 s",
        "timeouts of an upstream, one after the other: connect_timeout_s 5 s, tls_timeout_s 10 s,"
        " response_timeout_s 120 s",
    ]


async def test_check_says_where_a_stop_would_be_cut_short(service: Make) -> None:
    running = service(server={"drain_s": 60.0, "drain_notice_s": 5.0})

    code, out, err = await ran([*CHECK, str(running.config)])

    assert code == 0
    assert (
        "timeouts of a stop: drain_notice_s 5 s < drain_s 60 s < gunicorn ends a worker at 65 s"
        " < TimeoutStopSec must be 70 s or more: it is 45 in systemd/sigproxy.service\n"
    ) in out
    assert err == (
        f"{running.config}: note: server.drain_s: with 60 a stop may take 70 s, and systemd kills"
        " at 45; set TimeoutStopSec=70 in a drop-in (systemctl edit sigproxy.service)\n"
    )


async def test_check_of_a_gateway_that_runs(service: Make) -> None:
    running = service()
    await running.start()

    code, out, _ = await ran([*CHECK, str(running.config), "--running"])

    assert (code, "ok" in out) == (0, True)


def test_the_documents_here_are_toml() -> None:
    assert toml({"a": {"b": [1]}, "c": [{"d": True}]}) == "[a]\nb = [1]\n[[c]]\nd = true\n"


@both_commands
async def test_too_few_descriptors(service: Make, command: tuple[str, ...]) -> None:
    running = service(limits={"connections": 300})
    few = ("sh", "-c", 'ulimit -n 1000; exec "$0" "$@"')

    limit, setting = sorted(await faults((*few, *command), running), reverse=True)

    assert limit == (
        "system: RLIMIT_NOFILE: a process may open 1000 files, and a WebSocket takes two; "
        "allow 4096 or more: LimitNOFILE= in the unit, ulimit -Hn in a shell"
    )
    assert setting.startswith(f"{running.config}: limits.connections: ")
    assert "need 1112 open files; a process may have 1000" in setting
    assert "choose 244 or less" in setting
