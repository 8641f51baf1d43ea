"""What the command line says about itself."""

import sys

import pytest

from sigproxy import __version__
from tests.service.process import ran

SIGPROXY = (sys.executable, "-m", "sigproxy")


async def test_the_version() -> None:
    assert await ran([*SIGPROXY, "--version"]) == (0, f"sigproxy, version {__version__}\n", "")


@pytest.mark.parametrize(
    ("command", "mentions"),
    [
        ((), ("serve", "check", "explain", "demo", "SIGPROXY_SERVER__BIND", "https://GATEWAY/")),
        (("serve",), ("--config", "SIGPROXY_CONFIG", "TERM", "HUP", "1012", "standard error")),
        (("check",), ("--config", "one line for each problem", "exits")),
        (("explain",), ("--config", "--method", "--header", "TARGET", "without opening a socket")),
        (("presets",), ("targets", "[NAME]", "one host per line")),
        (("firewall",), ("--config", "--preset", "markdown|csv", "to the vendors and to DNS")),
        (("snippet",), ("--config", "--name", "acs|watchrtc|agora|vonage|daily|express", "Exits")),
        (("demo",), ("--once", "loopback", "Ctrl-C")),
    ],
    ids=["sigproxy", "serve", "check", "explain", "presets", "firewall", "snippet", "demo"],
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
