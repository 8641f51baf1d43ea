"""What the command line says about itself."""

import json
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sigproxy import __version__
from sigproxy.cli import COMMANDS, main
from tests.service.process import ran

SIGPROXY = (sys.executable, "-m", "sigproxy")


async def test_the_version() -> None:
    assert await ran([*SIGPROXY, "--version"]) == (0, f"sigproxy, version {__version__}\n", "")


async def test_a_command_imports_what_it_needs_and_no_more() -> None:
    """Loading all of it takes ten times as long as starting Python."""
    program = "import sys; from sigproxy.cli import main; print(*sys.modules)"
    code, out, _ = await ran([sys.executable, "-c", program])
    assert code == 0
    assert {"aiohttp", "pydantic", "sigproxy.config"} & {*out.split()} == set()


def test_each_command_is_where_the_table_says() -> None:
    context = click.Context(main)
    found = {name: main.get_command(context, name) for name in COMMANDS}
    assert {name: each.name for name, each in found.items() if each} == {n: n for n in COMMANDS}
    assert main.get_command(context, "sevre") is None


@pytest.mark.parametrize(
    ("command", "mentions"),
    [
        ((), ("serve", "check", "explain", "demo", "SIGPROXY_SERVER__BIND", "https://GATEWAY/")),
        (("serve",), ("--config", "SIGPROXY_CONFIG", "TERM", "HUP", "1012", "standard error")),
        (("check",), ("--config", "one line for each problem", "exits", "--user", "--online")),
        (("reload",), ("ExecReload=", "RUNTIME_DIRECTORY", "Exits with 1", "--within")),
        (("explain",), ("--config", "--method", "--header", "TARGET", "without opening a socket")),
        (("presets",), ("targets", "[NAME]", "one host per line")),
        (("firewall",), ("--config", "--preset", "markdown|csv", "its certificate")),
        (("snippet",), ("--config", "--name", "VENDOR is one of acs, watchrtc, agora,", "Exits")),
        (("shim",), ("--config", "--route", "--module", "--turn", "before the SDK", "access key")),
        (("credentials",), ("--config", "as JSON", "/-/ice", "Needs [turn]")),
        (("doctor",), ("--config", "https://gateway.example/KEY", "--json", "Exits with 0")),
        (("dev",), ("--preset", "--origin", "https://localhost:8443/", "nothing else", "Ctrl-C")),
        (("init",), ("--name", "--turn", "/etc/sigproxy", "README", "Nothing is overwritten")),
        (("config", "show"), ("--json", "where it comes from", "secrets", "masked")),
        (("demo",), ("--once", "loopback", "Ctrl-C")),
    ],
    ids=[
        *("sigproxy", "serve", "check", "reload", "explain", "presets", "firewall", "snippet"),
        *("shim", "turn", "doctor", "dev", "init", "config", "demo"),
    ],
)
async def test_help_is_worth_reading(command: tuple[str, ...], mentions: tuple[str, ...]) -> None:
    code, out, err = await ran([*SIGPROXY, *command, "--help"])

    assert (code, err) == (0, "")
    text = " ".join(out.split())
    assert [words for words in mentions if words not in text] == []
    assert max(map(len, out.splitlines())) <= 100


async def test_an_unknown_command_says_how_to_get_help() -> None:
    code, _, err = await ran([*SIGPROXY, "sevre"])

    assert code == 2
    assert "No such command 'sevre'" in err
    assert "--help" in err


@pytest.mark.parametrize(
    ("target", "code", "verdict"),
    [("/api.example.com/x", 0, "upstream "), ("/strangers.example/x", 1, "refused with 403")],
)
def test_explain_ends_with_what_would_become_of_the_request(
    tmp_path: Path, target: str, code: int, verdict: str
) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text('[[route]]\ntargets = ["api.example.com"]\n')

    result = CliRunner().invoke(main, ["explain", "--config", str(file), target])

    assert result.exit_code == code
    assert verdict in result.stdout


@pytest.mark.parametrize(
    ("option", "text", "fault"),
    [
        ("--method", "GET /", "it must be a token, such as POST"),
        ("--header", "Origin", "'Origin' should read 'NAME: VALUE'"),
        ("--header", "My Origin: x", "'My Origin: x' should read 'NAME: VALUE'"),
        ("--header", ": x", "': x' should read 'NAME: VALUE'"),
    ],
)
def test_explain_refuses_what_no_request_has(option: str, text: str, fault: str) -> None:
    result = CliRunner().invoke(main, ["explain", option, text, "/api.example.com/"])

    assert result.exit_code == 2
    assert f"Invalid value for {option}: {fault}" in result.stderr


@pytest.mark.parametrize(
    ("target", "code", "expected"),
    [
        ("/api.example.com/x?y=1", 0, {"admitted": True, "error": None, "route": "/"}),
        ("/a.example/x", 1, {"admitted": False, "error": "target_refused", "route": "/"}),
        ("/-/live", 0, {"admitted": True, "error": None, "request": "GET /-/live"}),
    ],
)
def test_explain_tells_programs_the_same(
    tmp_path: Path, target: str, code: int, expected: dict[str, object]
) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text('[[route]]\ntargets = ["api.example.com"]\n')

    result = CliRunner().invoke(main, ["explain", "--json", "--config", str(file), target])
    people = CliRunner().invoke(main, ["explain", "--config", str(file), target])

    assert (result.exit_code, people.exit_code) == (code, code)
    found = json.loads(result.stdout)
    short = found | {"route": found.get("route", "").partition(" ")[0]}
    assert expected.items() <= short.items()
    if target.startswith("/api"):
        sent = found["sent"]
        assert (sent["to"], sent["first"]) == ("api.example.com", "GET /x?y=1 HTTP/1.1")
        assert ["Host", "api.example.com"] in sent["fields"]
        assert all(f"    {name}: {value}\n" in people.stdout for name, value in sent["fields"])
