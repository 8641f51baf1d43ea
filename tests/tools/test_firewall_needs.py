"""What the gateway needs besides its vendors, as far as the configuration says it."""

from pathlib import Path

import pytest

from sigproxy.tools.firewall import Rule
from tests.tools import turn_file
from tests.tools.firewall_rows import ran, rows

NAME = 'public_names = ["gw.example"]'
ROUTE = '[[route]]\npresets = ["acs"]'
Row = tuple[str, str, str, str]


def needs(tmp_path: Path, text: str) -> list[Rule]:
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    return [rule for rule in rows("--config", str(file)) if "services" in rule.direction]


def of(rules: list[Rule], word: str) -> list[Row]:
    return [
        (rule.source, rule.destination, rule.protocol, rule.port)
        for rule in rules
        if word in rule.purpose
    ]


def test_clock_packages_and_name_servers_are_needed_by_all(tmp_path: Path) -> None:
    rules = needs(tmp_path, f"[server]\n{NAME}\n")
    assert of(rules, "NTP") == [("gateway", "the system's time servers", "UDP", "123")]
    assert [port for _, _, _, port in of(rules, "upgrades")] == ["80, 443"]
    assert len(rules) == 4  # DNS over UDP and TCP


def test_a_name_server_on_the_machine_itself_has_no_rule(tmp_path: Path) -> None:
    rules = needs(tmp_path, '[upstream]\nnameservers = ["127.0.0.53", "::1", "192.0.2.53:5353"]\n')
    assert of(rules, "DNS") == [
        ("gateway", "192.0.2.53", "UDP", "5353"),
        ("gateway", "192.0.2.53", "TCP", "5353"),
    ]


@pytest.mark.parametrize(
    ("folder", "server"),
    [
        ("/etc/letsencrypt/live/gw", "acme-v02.api.letsencrypt.org"),
        ("/etc/sigproxy", "the certificate authority's server"),
    ],
)
def test_a_certificate_is_renewed_by_one_of_two_ways(
    tmp_path: Path, folder: str, server: str
) -> None:
    files = f'certificate = "{folder}/fullchain.pem"\nprivate_key = "{folder}/privkey.pem"'
    rules = of(needs(tmp_path, f"[server]\n{NAME}\n{files}\n"), "certificate")
    assert ("gateway", server, "TCP/TLS", "443") in rules
    assert ("certificate authority, any address", "gw.example", "TCP", "80") in rules
    assert ("gateway", "the DNS provider's API", "TCP/TLS", "443") in rules


def test_a_certificate_in_front_is_not_the_gateways_need(tmp_path: Path) -> None:
    assert of(needs(tmp_path, f"[server]\n{NAME}\n"), "certificate by") == []
    presets = [rule for rule in rows("--preset", "acs") if "certificate by" in rule.purpose]
    assert len(presets) == 2  # no configuration: it may be


@pytest.mark.parametrize(
    ("url", "row"),
    [
        ("redis://:hunter2secret@redis.example/0", ("redis.example", "TCP", "6379")),
        ("rediss://10.0.0.9:6380", ("10.0.0.9", "TCP/TLS", "6380")),
        ("redis://127.0.0.1:6379/0", None),
        ("redis://localhost", None),
        ("redis+unix:///run/redis.sock", None),
    ],
)
def test_a_redis_on_another_machine(
    tmp_path: Path, url: str, row: tuple[str, str, str] | None
) -> None:
    text = f'[limits]\nrequest_rate = "60/minute"\nrequest_rate_redis = "{url}"\n'
    rules = needs(tmp_path, text)
    assert of(rules, "Redis") == ([] if row is None else [("gateway", *row)])
    for form in ("markdown", "json", "nftables", "squid", "edl"):
        result = ran("--config", str(tmp_path / "gateway.toml"), "--format", form)
        assert "hunter2secret" not in result.output


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://otel.example/v1/traces", [("gateway", "otel.example", "TCP/TLS", "443")]),
        ("http://10.0.0.4:4318", [("gateway", "10.0.0.4", "TCP", "4318")]),
        ("http://127.0.0.1:4318", []),
    ],
)
def test_a_collector_of_spans_on_another_machine(
    tmp_path: Path, url: str, found: list[Row]
) -> None:
    assert of(needs(tmp_path, f'[tracing]\nendpoint = "{url}"\n'), "tracing") == found


@pytest.mark.parametrize(
    ("bind", "hosts"),
    [
        ("10.0.0.5:9901", ["10.0.0.5"]),
        ("0.0.0.0:9901", ["gw.example"]),
        ("[::]:9901", ["gw.example"]),
        ("127.0.0.1:9901", []),
        ("localhost:9901", []),
    ],
)
def test_monitoring_reaches_the_admin_port(tmp_path: Path, bind: str, hosts: list[str]) -> None:
    rules = needs(tmp_path, f'[server]\n{NAME}\n[admin]\nbind = "{bind}"\n')
    assert of(rules, "admin port") == [("monitoring", host, "TCP", "9901") for host in hosts]


def test_proxies_in_front_reach_the_port_that_is_bound(tmp_path: Path) -> None:
    proxies = 'trusted_proxies = ["10.1.0.0/24", "127.0.0.1", "2001:db8::/64"]'
    binds = 'bind = ["0.0.0.0:8443", "[::]:8443", "unix:/run/gw.sock"]'
    rules = needs(tmp_path, f"[server]\n{NAME}\n{binds}\n{proxies}\n{ROUTE}\n")
    assert of(rules, "in front") == [
        ("10.1.0.0/24", "gw.example", "TCP", "8443"),
        ("2001:db8::/64", "gw.example", "TCP", "8443"),
    ]


@pytest.mark.parametrize(("relay", "count"), [("127.0.0.1:3479", 0), ("10.0.0.8:3479", 1)])
def test_a_turn_server_on_another_machine(tmp_path: Path, relay: str, count: int) -> None:
    more = f'relay = "{relay}"' + "\nrelay_is_remote = true" * count
    server = '[server]\npublic_names = ["turn.hospital.example"]'
    file = turn_file.written(tmp_path, more, f'{server}\n[[route]]\npresets = ["acs"]\n')
    rules = rows("--config", str(file))
    found = of([rule for rule in rules if "services" in rule.direction], "TURN: what clients")
    assert found == [("gateway", "10.0.0.8", "TCP", "3479")] * count


def test_what_nobody_configured_is_marked_as_a_choice(tmp_path: Path) -> None:
    rules = needs(tmp_path, f"[server]\n{NAME}\n")
    known = {rule.purpose.partition(":")[0]: rule.known_from for rule in rules}
    assert known["NTP"] == known["DNS"] == "the operating system"
    assert known["security updates and upgrades"].startswith("usual practice")
