"""``sigproxy doctor`` as a command: what it prints, and how it ends."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from docs_tools import doctor as docs
from sigproxy.cli import main
from sigproxy.cli import service as cli_service
from sigproxy.config.unit import Unit
from sigproxy.tools.doctor.finding import Finding
from sigproxy.tools.doctor.report import Report, as_json
from tests.lab.dns import SILENT, Name
from tests.lab.lab import NAME, Lab
from tests.lab.turn import SECRET
from tests.lab.upstream import Peer, answering
from tests.lab.wire import response
from tests.service.process import ran, toml

DOCTOR = (sys.executable, "-m", "sigproxy", "doctor")


def validated(text: str) -> Report:
    """Return the document that *text* is; fail if it is not as its schema says."""
    report = TypeAdapter(Report).validate_json(text, strict=True)
    assert json.loads(as_json(report)) == json.loads(text)  # and has nothing more
    return report


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("http://gateway.example",), "does not begin with https://"),
        (("sigproxy.toml",), "or --config FILE at the gateway"),
        (("https://gateway.example", "--origin", "app"), "write https://app.example"),
        (("https://gateway.example", "--ca-file", "/nonexistent"), "does not exist"),
        (("https://gateway.example", "--ca-file", __file__), "no certificates in PEM"),
        (("https://[",), "it is no URL; write https://gateway.example"),
        (("https://gateway.example:99999",), "write https://gateway.example"),
        (("https://gateway.example/\x1b[2J",), "what no key has"),
        (("https://gateway.example", "--origin", "https://["), "write https://app.example"),
    ],
)
def test_what_cannot_be_begun_ends_with_2(arguments: tuple[str, ...], says: str) -> None:
    result = CliRunner().invoke(main, ["doctor", *arguments])
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("proxy", "says"),
    [
        ("http://[", "it is no URL; write http://proxy.example:3128"),
        ("http://h:99999", "it is no URL"),
        ("socks5://x", "socks5:// is no HTTP proxy"),
        ("http://", "it names no host"),
    ],
)
def test_a_proxy_that_is_none_ends_with_2(
    proxy: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    result = CliRunner().invoke(main, ["doctor", "https://gateway.example"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in " ".join(result.stderr.split())


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
def test_a_full_disk_is_said_in_a_sentence(is_json: bool) -> None:
    options = ("--json",) if is_json else ()
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*DOCTOR, *options, "https://127.0.0.1:9"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith("the output cannot be written: No space left on device; ")
    assert ended.stderr.count("\n") == 1


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "wb") as gone:
        ended = subprocess.run(
            [*DOCTOR, "https://127.0.0.1:9"],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (2, "")


def test_a_configuration_that_is_wrong_ends_with_2_and_all_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text('[server]\nworkers = 0\n[admin]\nbind = "nowhere"\n')
    result = CliRunner().invoke(main, ["doctor", "--config", str(file)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "server.workers" in result.stderr
    assert "admin.bind" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root judges for the service")
def test_root_looks_with_the_variables_of_the_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"SIGPROXY_UPSTREAM__NAMESERVERS": "127.0.0.1:9"}
    unit = Unit(Path("/etc/systemd/system/sigproxy.service"), environment=given)
    monkeypatch.setattr(cli_service, "installed", lambda: unit)
    file = tmp_path / "sigproxy.toml"
    file.write_text("")
    result = CliRunner().invoke(main, ["doctor", "--config", str(file)])
    assert "name server 127.0.0.1:9" in result.stdout
    result = CliRunner().invoke(main, ["doctor", "--user", "no-such-user"])
    assert result.exit_code == 2
    assert "no user no-such-user" in " ".join(result.stderr.split())


async def test_help_says_how_to_begin() -> None:
    code, out, _ = await ran((*DOCTOR, "--help"))
    text = " ".join(out.split())
    assert code == 0
    for words in ("--config", "https://gateway.example/KEY", "--json", "15 seconds", "Exits with"):
        assert words in text
    assert max(map(len, out.splitlines())) <= 100


async def test_all_well_ends_with_0(lab: Lab, tmp_path: Path) -> None:
    upstream = await lab.upstream(answering(response(404, b"")))
    document = lab.document(False, {"targets": [f"{NAME}:{upstream.port}"]}, {})
    file = tmp_path / "sigproxy.toml"
    file.write_text(toml(document))
    code, out, err = await ran((*DOCTOR, "--config", str(file)))
    assert (code, err) == (0, "")
    assert f"ok   vendor {NAME}:{upstream.port}: answers 404" in out
    assert {line[:4] for line in out.splitlines()} <= {"ok  ", "warn"}


async def test_the_document_is_as_its_schema_says(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text(toml(lab.document(False, {"targets": ["gone.example.com"]}, {})))
    code, out, _ = await ran((*DOCTOR, "--json", "--config", str(file)))
    report = validated(out)
    assert code == 1
    assert (report.schema, report.end, report.of) == (1, "gateway", str(file))
    assert report.verdict == "fail"
    assert any(each.token == "dns_no_such_name" for each in report.findings)
    code, out, _ = await ran((*DOCTOR, "--json", "https://localhost:9/0123456789abcdef"))
    report = validated(out)
    assert (code, report.end, report.of) == (1, "client", "https://localhost:9")
    assert "0123456789abcdef" not in out


def test_the_schema_that_is_published_is_of_what_is_printed() -> None:
    schema = json.loads(docs.schema())
    assert schema["required"] == list(Report.__dataclass_fields__)
    finding = schema["$defs"]["Finding"]
    assert list(finding["properties"]) == list(Finding.__dataclass_fields__)
    assert finding["properties"]["level"]["enum"] == ["ok", "warn", "fail"]


@asynccontextmanager
async def silence(lab: Lab, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """Yield a configuration of which nothing answers, each at another step."""

    async def silent(peer: Peer) -> None:
        await peer.gone()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        deaf = await lab.upstream(silent, tls=False)
        mute = await lab.upstream(silent)
        lab.dns.zone |= {
            "silent.example.com": SILENT,
            "example.com": SILENT,
            "localhost": SILENT,
            **dict.fromkeys(("deaf.example.com", "mute.example.com"), Name(("127.0.0.1",))),
        }
        secret = tmp_path / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        turn = {
            "name": "localhost",
            "secret_file": str(secret),
            "relay": f"127.0.0.1:{deaf.port}",
            "udp_port": udp.getsockname()[1],
            "tcp_port": deaf.port,
            "tls_port": deaf.port,
            "open": True,
        }
        targets = [
            "silent.example.com",
            f"deaf.example.com:{deaf.port}",
            f"mute.example.com:{mute.port}",
        ]
        tables = {
            "turn": turn,
            "admin": {"bind": f"127.0.0.1:{deaf.port}"},
            "limits": {
                "request_rate": "600/minute",
                "request_rate_redis": f"redis://127.0.0.1:{deaf.port}/0",
            },
        }
        yield lab.document(False, {"targets": targets}, tables)


async def test_it_ends_within_15_s_with_everything_silent(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "sigproxy.toml"
    async with silence(lab, tmp_path) as document:
        file.write_text(toml(document))
        code, out, err = await ran((*DOCTOR, "--json", "--config", str(file)))
    assert (code, err) == (1, "")
    report = validated(out)
    assert report.took_s < 15
    said = {each.name.partition(":")[0]: each.token for each in report.findings}
    assert said["vendor silent.example.com"] == "dns_timeout"
    assert said["vendor deaf.example.com"] == "connection_timeout"
    assert said["vendor mute.example.com"] == "response_timeout"
    assert said["redis"] == "redis_unreachable"
    assert said["admin port"] == "service_failing"
    assert "check_timeout" not in said.values()
