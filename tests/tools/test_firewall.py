"""What ``sigproxy firewall`` tells a network's owner to open is what the gateway dials."""

import csv
import io
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from click.testing import CliRunner

from sigproxy.cli import main
from sigproxy.presets import PRESETS
from sigproxy.tools.firewall import Rule
from sigproxy.tools.firewall_formats import csv as csv_format
from sigproxy.tools.firewall_formats import markdown
from sigproxy.tools.firewall_formats.paper import Paper
from tests.test_presets import SEEN, admits
from tests.tools.firewall_rows import ran, rows

CONFIG = """
[server]
public_names = ["gw.hospital.example:8443", "gw2.hospital.example"]

[upstream]
nameservers = ["192.0.2.53", "2001:db8::53", "[2001:db8::54]:5353"]

[[route]]
prefix = "/acs"
presets = ["acs"]

[[route]]
prefix = "/stats"
dialect = "fixed"
upstream = "https://watchrtc-server.cyara.com/"

[[route]]
prefix = "/own"
targets = ["api.example.org:8443", "*.skype.com"]
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "sigproxy.toml"
    file.write_text(CONFIG)
    return str(file)


def is_open(rules: list[Rule], authority: str) -> bool:
    """Judge as a firewall would: a name below "*.", a port within a range."""
    host, _, port = authority.partition(":")
    number = int(port or 443)
    for rule in rules:
        low, _, high = rule.port.partition("-")
        if (
            rule.direction == "gateway to vendors"
            and rule.protocol == "TCP/TLS"
            and fnmatchcase(host, rule.destination)
            and (rule.port == "any" or int(low) <= number <= int(high or low))
        ):
            return True
    return False


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_opens_the_vendors_hosts_and_no_others(name: str) -> None:
    rules = rows("--preset", name)
    for vendor, hosts in SEEN.items():
        for host in hosts.split():
            assert is_open(rules, host) == admits(name, host), host
            assert is_open(rules, host) or vendor != name
    assert not is_open(rules, "evil.com")


@pytest.mark.parametrize("name", PRESETS)
def test_each_row_of_a_preset_says_how_it_is_known_and_since_when(name: str) -> None:
    vendors = [each for each in rows("--preset", name) if each.direction == "gateway to vendors"]
    heads = ("requests recorded from ", "names in the code of ", "the vendor's page: ")
    for host, row in zip(PRESETS[name].hosts, vendors, strict=True):
        assert row.known_from.startswith(heads)
        assert row.known_from.endswith(host.source.partition(", ")[2])
        assert row.as_of == host.source.split(",")[0].split()[1]


def test_what_the_operator_chose_says_so(config: str) -> None:
    reached = {rule.destination: rule for rule in rows("--config", config)}
    own = reached["api.example.org"]
    assert (own.known_from, own.as_of) == ("the configuration", "")
    assert reached["*.skype.com"].as_of == "2026-11-21"  # a preset knows it


def test_presets_add_up() -> None:
    rules = rows("--preset", "acs", "--preset", "watchrtc", "--preset", "acs")
    assert is_open(rules, "edge.skype.com")
    assert is_open(rules, "watchrtc-server.cyara.com")
    assert not is_open(rules, "c.daily.co")
    assert len(set(rules)) == len(rules)


def test_without_presets_the_routes_count(config: str) -> None:
    rules = rows("--config", config)
    reached = {rule.destination: rule for rule in rules if rule.protocol == "TCP/TLS"}
    assert {*PRESETS["acs"].targets} <= set(reached)
    assert reached["watchrtc-server.cyara.com"].preset == "route /stats"
    assert reached["watchrtc-server.cyara.com"].purpose == "statistics of calls"
    assert (reached["api.example.org"].port, reached["api.example.org"].preset) == (
        "8443",
        "route /own",
    )
    # Asked for twice, to be opened once.
    assert [rule.preset for rule in rules if rule.destination == "*.skype.com"] == [
        "acs, route /own"
    ]
    assert "*.agora.io" not in reached


def test_presets_go_over_the_routes(config: str) -> None:
    rules = rows("--config", config, "--preset", "daily")
    assert is_open(rules, "c.daily.co")
    assert not is_open(rules, "edge.skype.com")


def test_clients_reach_every_public_name_at_its_port(config: str) -> None:
    inbound = [rule for rule in rows("--config", config) if rule.direction == "clients to gateway"]
    assert [(rule.destination, rule.protocol, rule.port) for rule in inbound] == [
        ("gw.hospital.example", "TCP/TLS", "8443"),
        ("gw2.hospital.example", "TCP/TLS", "443"),
    ]
    assert inbound[0].preset == "acs, watchrtc"
    assert "stands for" not in ran("--config", config).stderr


def test_clients_reach_the_names_of_a_route_by_host(tmp_path: Path) -> None:
    file = tmp_path / "sigproxy.toml"
    names = 'host = "*.gw.example"\nhosts = { "api" = "api.vendor.example" }\n'
    file.write_text(f'{CONFIG}[[route]]\ndialect = "host"\n{names}')
    rules = rows("--config", str(file))
    [*_, at_8443, at_443] = [rule for rule in rules if rule.direction == "clients to gateway"]
    assert (at_8443.destination, at_8443.port) == ("*.gw.example", "8443")
    assert (at_443.destination, at_443.port) == ("*.gw.example", "443")
    [vendor] = [rule for rule in rules if rule.destination == "api.vendor.example"]
    assert vendor.preset == "route *.gw.example"


def test_a_query_route_asks_for_no_port_that_its_form_cannot_name(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('[[route]]\ndialect = "query"\ntargets = ["*.agora.io:*"]\n')
    result = ran("--config", str(file), "--name", "gw.example:8443")
    found = [line.split(" | ")[2] for line in result.stdout.splitlines() if "`*.agora.io`" in line]
    assert found == ["443", "4000-5000", "5668", "6443"]
    assert "| gw.example | TCP/TLS | 8443 |" in result.stdout
    assert result.stderr == ""


def test_without_a_public_name_a_placeholder_stands_and_says_so() -> None:
    result = ran("--preset", "acs")
    assert "| gateway.example | TCP/TLS | 443 |" in result.stdout
    assert "give --name, or --config with server.public_names" in result.stderr


def test_name_servers_are_those_of_the_configuration(config: str) -> None:
    dns = [rule for rule in rows("--config", config) if rule.purpose.startswith("DNS")]
    assert {(rule.destination, rule.protocol, rule.port) for rule in dns} == {
        (host, protocol, port)
        for host, port in (("192.0.2.53", "53"), ("2001:db8::53", "53"), ("2001:db8::54", "5353"))
        for protocol in ("UDP", "TCP")
    }


def test_name_servers_of_the_system() -> None:
    dns = [rule for rule in rows("--preset", "acs") if rule.purpose.startswith("DNS")]
    assert [(rule.destination, rule.protocol, rule.port) for rule in dns] == [
        ("the system's name servers", "UDP", "53"),
        ("the system's name servers", "TCP", "53"),
    ]


def test_an_open_pattern_is_called_one() -> None:
    rules = rows()  # without a configuration: *.com:* and *.net:*
    assert is_open(rules, "evil.com:22")
    named = [rule.purpose for rule in rules if rule.destination == "*.com"]
    assert named == ["strangers' hosts too: list the vendor's instead"]


@pytest.mark.parametrize("arguments", [("--preset", "agora", "--preset", "chime"), ()])
def test_markdown_has_the_same_rules(arguments: tuple[str, ...], config: str) -> None:
    arguments = (*arguments, "--config", config)
    text = ran(*arguments).stdout
    cells = [
        tuple(cell.strip(" `") for cell in line.split("|")[1:4])
        for line in text.splitlines()
        if line.startswith("|") and not line.startswith(("|---", "| destination"))
    ]
    assert cells == [(rule.destination, rule.protocol, rule.port) for rule in rows(*arguments)]


def test_wildcards_are_explained_where_there_are_any() -> None:
    words = "without wildcards"
    assert words in ran("--preset", "acs").stdout
    assert words in ran("--preset", "acs", "--format", "csv").stderr
    assert words not in ran("--preset", "watchrtc").stdout
    assert words not in ran("--preset", "watchrtc", "--format", "csv").stderr


def test_media_is_said_to_pass_by(config: str) -> None:
    text = ran("--config", config).stdout.partition("## What does not pass the gateway")[2]
    assert "Azure Communication Services" in text
    assert "watchRTC" in text
    assert "Agora" not in text
    assert "Cloud Proxy" in ran("--preset", "agora").stdout
    assert max(map(len, text.splitlines())) <= 100


def test_no_address_is_named_that_the_operator_did_not(config: str) -> None:
    for rule in rows(*(word for name in PRESETS for word in ("--preset", name))):
        if rule.direction in ("clients to gateway", "gateway to vendors"):
            assert not re.fullmatch(r"[0-9.:/]+", rule.destination)


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_how_media_goes_is_said_with_each_vendor(form: str, tmp_path: Path) -> None:
    config = tmp_path / "sigproxy.toml"
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef" * 4)
    secret.chmod(0o600)
    config.write_text(
        f'[turn]\nsecret_file = "{secret}"\nname = "turn.example"\naddresses = ["203.0.113.5"]\n'
        'open = true\n[[route]]\npresets = ["acs"]\n'
    )
    shown = ran("--config", str(config), "--format", form)
    said = shown.stderr if form == "csv" else shown.stdout
    assert "That of other SDKs goes as each vendor has it." in " ".join(said.split())
    assert "Microsoft's relays, UDP 3478-3481" in said


def test_csv_is_rfc_4180() -> None:
    awkward = Rule("a", "b", "c", "d", "1", 'x, "y"\nz', "")
    text = csv_format.text(Paper((awkward,), (), (), (), ""))
    assert text.endswith("\r\n")
    assert 'a,b,c,d,1,"x, ""y""\nz",,the configuration,\r\n' in text
    assert list(csv.reader(io.StringIO(text, newline="")))[1][5] == awkward.purpose


def test_csv_goes_out_with_its_line_ends() -> None:
    raw = ran("--preset", "watchrtc", "--format", "csv").stdout_bytes
    assert raw.count(b"\r\n") == raw.count(b"\n") == 12


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    result = CliRunner().invoke(main, ["firewall", "--preset", "zoom"])
    assert result.exit_code == 2
    assert "chime" in result.output


def test_a_bar_does_not_end_a_markdown_cell() -> None:
    rule = Rule("gateway to vendors", "gateway", "a.example", "TCP/TLS", "443", "x | y", "")
    assert "| x \\| y |" in markdown.text(Paper((rule,), (), (), (), ""))
