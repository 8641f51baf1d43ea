"""The formats of `sigproxy firewall`: those who read them accept them, and they open no more."""

import json
import os
import re
import shutil
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sigproxy.cli import main
from sigproxy.presets import PRESETS
from sigproxy.tools.firewall_formats.paper import is_open, kind, ranges
from tests.tools import turn_file
from tests.tools.firewall_rows import ran, rows

CONFIG = """
[server]
bind = ["0.0.0.0:8443"]
public_names = ["gw.hospital.example:8443", "gw2.hospital.example"]
certificate = "/etc/letsencrypt/live/gw/fullchain.pem"
private_key = "/etc/letsencrypt/live/gw/privkey.pem"
trusted_proxies = ["10.1.0.0/24", "2001:db8:9::/64"]
[admin]
bind = "10.0.0.5:9901"
[limits]
request_rate = "60/minute"
request_rate_redis = "redis://redis.hospital.example/0"
[upstream]
nameservers = ["192.0.2.53", "2001:db8::53", "[2001:db8::54]:5353"]
[[route]]
prefix = "/acs"
presets = ["acs", "daily", "twilio"]
[[route]]
prefix = "/agora"
dialect = "query"
presets = ["agora"]
[[route]]
prefix = "/own"
targets = ["api.example.org:8443", "*.skype.com", "59.111.0.0/16", "[2001:db8:77::/48]:443"]
"""
EVERY = tuple(word for name in PRESETS for word in ("--preset", name))
ADDRESSES = ("--address", "192.0.2.7", "--address", "2001:db8::7")


def tool(name: str, package: str) -> str:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


@pytest.fixture
def cases(tmp_path: Path) -> dict[str, tuple[str, ...]]:
    """Return arguments for lists of every kind: with addresses and without, with TURN, of all."""
    file = tmp_path / "whole.toml"
    file.write_text(CONFIG)
    open_to_all = tmp_path / "open.toml"
    open_to_all.write_text('[[route]]\ntargets = ["*:*"]\n')
    folder = tmp_path / "turn"
    folder.mkdir()
    proxied = tmp_path / "proxied.toml"
    proxied.write_text(
        '[upstream]\nproxy = "http://192.0.2.99:3128"\n[[route]]\npresets = ["acs"]\n'
    )
    routes = '[server]\npublic_names = ["turn.hospital.example"]\n[[route]]\npresets = ["acs"]\n'
    turn = turn_file.written(folder, 'relay = "127.0.0.1:3479"', routes)
    return {
        "whole": ("--config", str(file), *ADDRESSES),
        "whole without addresses": ("--config", str(file)),
        "media": ("--config", str(file), "--media"),
        "every preset": EVERY,
        "an address for a name": ("--preset", "acs", "--name", "192.0.2.8"),
        "open": ("--config", str(open_to_all)),
        "turn": ("--config", str(turn)),
        "behind a proxy": ("--config", str(proxied), *ADDRESSES),
    }


def test_nft_accepts_the_file(cases: dict[str, tuple[str, ...]], tmp_path: Path) -> None:
    nft = tool("nft", "nftables")
    for name, arguments in cases.items():
        file = tmp_path / "rules.nft"
        file.write_text(ran(*arguments, "--format", "nftables").stdout)
        done = subprocess.run([nft, "-c", "-f", file], capture_output=True, text=True)
        if "Operation not permitted" in done.stderr:
            pytest.skip("nft -c needs root, or a network namespace of one's own")
        assert (done.returncode, done.stderr) == (0, ""), name


def test_squid_accepts_the_file(cases: dict[str, tuple[str, ...]], tmp_path: Path) -> None:
    squid = tool("squid", "squid")
    for name, arguments in cases.items():
        file = tmp_path / "squid.conf"
        file.write_text(ran(*arguments, "--format", "squid").stdout)
        done = subprocess.run([squid, "-k", "parse", "-f", file], capture_output=True, text=True)
        assert done.returncode == 0, (name, done.stderr)
        assert re.findall(r"(?i).*(?:warning|error|fatal).*", done.stderr) == [], name


def test_nftables_opens_nothing_by_itself_and_names_only_in_comments(
    cases: dict[str, tuple[str, ...]],
) -> None:
    text = ran(*cases["whole"], "--format", "nftables").stdout
    assert "hook" not in text
    assert "policy" not in text
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    unquoted = re.sub(r'"[^"]*"', "", code)
    assert "skype" not in unquoted
    assert "*.skype.com" in text
    assert "add element inet filter sigproxy_gateway_v4 { 192.0.2.7 }" in code
    assert "add element inet filter sigproxy_gateway_v6 { 2001:db8::7 }" in code
    assert "ip daddr @sigproxy_servers_acs_udp_3478_3481_v4 udp dport { 3478-3481 } accept" in code
    # Of each rule it is known who connects or where to.
    accepted = [line for line in code.splitlines() if " accept" in line]
    assert len(accepted) > 20
    assert [line for line in accepted if not re.search(r"ip6? [sd]addr [@0-9a-f]", line)] == []
    # A name server is not opened to Redis' port, nor the other way round.
    assert "ip daddr @sigproxy_services_dns_udp_53_v4 udp dport { 53 } accept" in code


def test_nftables_leaves_choices_and_unknown_addresses_to_a_person(
    cases: dict[str, tuple[str, ...]],
) -> None:
    text = ran(*cases["whole without addresses"], "--format", "nftables").stdout
    code = [line for line in text.splitlines() if not line.startswith("#")]
    assert not any("dport { 80 }" in line for line in code)  # HTTP-01 or DNS-01
    assert not any("add element inet filter sigproxy_gateway_v" in line for line in code)
    assert "#     sigproxy_gateway_v4" in text
    left = text.partition("# Not opened here")[2].partition("\ntable")[0]
    for words in ("HTTP-01", "DNS-01", "Agora's edges", "the system's time servers"):
        assert words in left


def test_squid_lets_the_gateway_alone_reach_vendors(cases: dict[str, tuple[str, ...]]) -> None:
    text = ran(*cases["whole"], "--format", "squid").stdout
    assert "acl sigproxy_gateway src 192.0.2.7 2001:db8::7\n" in text
    vendors = text.partition("# gateway to vendors:")[2].partition("# gateway to services:")[0]
    allowed = [line for line in vendors.splitlines() if "http_access" in line]
    assert len(allowed) == 6
    assert all(
        line.startswith("http_access allow sigproxy_connect sigproxy_gateway ") for line in allowed
    )
    assert " .skype.com " in vendors
    assert " teams.microsoft.com" not in vendors  # ".teams.microsoft.com" has it
    assert "port 4000-5000" in vendors
    unknown = ran(*cases["whole without addresses"], "--format", "squid").stdout
    assert "# http_access allow sigproxy_connect sigproxy_gateway" in unknown
    assert "\nhttp_access allow sigproxy_connect sigproxy_gateway" not in unknown


def test_an_address_that_is_named_twice_is_one(cases: dict[str, tuple[str, ...]]) -> None:
    text = ran(*cases["whole"], *ADDRESSES, "--format", "squid").stdout
    assert "acl sigproxy_gateway src 192.0.2.7 2001:db8::7\n" in text


@pytest.mark.parametrize("form", ["nftables", "squid"])
def test_media_and_dates_are_there(cases: dict[str, tuple[str, ...]], form: str) -> None:
    text = " ".join(ran(*cases["whole"], "--format", form).stdout.replace("#", "").split())
    assert "20.202.0.0/16" in text
    assert 'the vendor\'s page: Microsoft Learn, "Network recommendations", 2026-11-28' in text
    assert (
        "requests recorded from @azure/communication-calling 2.0.0 and 1.25.1, 2026-11-21" in text
    )


def test_edl_is_one_host_a_line_of_one_type(cases: dict[str, tuple[str, ...]]) -> None:
    result = ran(*cases["whole"], "--format", "edl")
    lines = result.stdout.splitlines()
    assert {*PRESETS["acs"].targets} < {*lines}
    assert len({*lines}) == len(lines)
    assert [line for line in lines if not re.fullmatch(r"(\*\.)?[a-z0-9.-]+", line)] == []
    assert not any(re.fullmatch(r"[0-9./]+", line) for line in lines)
    assert "TCP/TLS 4000-5000" in result.stderr
    assert "not in the list: gateway -> 59.111.0.0/16" in result.stderr

    media = ran(*cases["media"], "--format", "edl")
    assert media.stdout.splitlines()[0] == "20.202.0.0/16"
    assert all(ip_network(line) for line in media.stdout.splitlines())
    assert "type of the list: IP" in media.stderr
    assert "*.turn.twilio.com" in media.stderr


@pytest.mark.parametrize("form", ["edl", "squid"])
def test_strangers_hosts_are_never_opened(cases: dict[str, tuple[str, ...]], form: str) -> None:
    result = ran(*cases["open"], "--format", form)
    lines = [line for line in result.stdout.splitlines() if line and not line.startswith("#")]
    opened = [word for line in lines for word in line.split()]
    assert {"*", "*.com", ".", ".com", "all", "0.0.0.0/0"}.isdisjoint(opened)
    assert "gateway -> *" in result.output


def test_json_has_the_same_rules_as_csv(cases: dict[str, tuple[str, ...]]) -> None:
    document: dict[str, Any] = json.loads(ran(*cases["whole"], "--json").stdout)
    assert document["schema"] == 1
    assert document["gateways"] == ["gw.hospital.example:8443", "gw2.hospital.example"]
    told = [
        tuple(row[name] for name in ("direction", "source", "destination", "port", "as_of"))
        for row in document["rules"]
    ]
    assert told == [
        (row.direction, row.source, row.destination, row.port, row.as_of)
        for row in rows(*cases["whole"])
    ]
    kinds = {row["destination"]: row["kind"] for row in document["rules"]}
    assert kinds["*.skype.com"] == "wildcard"
    assert kinds["59.111.0.0/16"] == kinds["192.0.2.53"] == "network"
    assert kinds["gw2.hospital.example"] == "name"
    assert kinds["Agora's edges, any address"] == "words"
    assert {"preset", "title", "how"} == document["media"][0].keys()


def test_json_is_as_its_schema_says(cases: dict[str, tuple[str, ...]]) -> None:
    path = Path(__file__).parents[2] / "docs" / "reference" / "firewall.schema.json"
    schema = json.loads(path.read_text())
    document = json.loads(ran(*cases["turn"], "--format", "json").stdout)
    assert document.keys() == set(schema["required"])
    row = schema["$defs"]["Row"]
    for rule in document["rules"]:
        assert rule.keys() == set(row["required"])
        assert rule["kind"] in row["properties"]["kind"]["enum"]
        assert rule["protocol"] in row["properties"]["protocol"]["enum"]


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("443", ((443, 443),)),
        ("any", ((1, 65535),)),
        ("3478, 10000-60000", ((3478, 3478), (10000, 60000))),
        ("3478, better 1025-65535", ((1025, 65535),)),
        ("443, 444, 80", ((80, 80), (443, 444))),
    ],
)
def test_ports_are_numbers(port: str, expected: tuple[tuple[int, int], ...]) -> None:
    assert ranges(port) == expected


@pytest.mark.parametrize(
    ("destination", "what", "opened"),
    [
        ("*.skype.com", "wildcard", False),
        ("*.com", "wildcard", True),
        ("*", "wildcard", True),
        ("any", "any", True),
        ("0.0.0.0/0", "network", True),
        ("2001:db8::/48", "network", False),
        ("192.0.2.1", "network", False),
        ("edge.skype.com", "name", False),
        ("the system's name servers", "words", False),
    ],
)
def test_destinations_are_of_a_kind(destination: str, what: str, opened: bool) -> None:
    assert (kind(destination), is_open(destination)) == (what, opened)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--address", "gw.example"), "'gw.example' is no IP address"),
        (("--json", "--format", "csv"), "--json and --format csv exclude each other"),
        (("--format", "terraform"), "nftables"),
    ],
)
def test_mistakes_are_explained(arguments: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(main, ["firewall", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr


def test_presets_as_json() -> None:
    told = json.loads(CliRunner().invoke(main, ["presets", "--json"]).stdout)
    assert [each["name"] for each in told] == [*PRESETS]
    assert [host["pattern"] for host in told[0]["hosts"]] == [*PRESETS["acs"].targets]
    [one] = json.loads(CliRunner().invoke(main, ["presets", "acs", "--json"]).stdout)
    assert one == told[0]
