"""compose.yaml: valid, and as the gateway's configuration and the files beside it are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigproxy.config import ConfigError, Settings, load, nesting, values
from tests.contrib import validity
from tests.contrib.programs import found, ran

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose.yaml"
CONTRIB = ROOT / "contrib"
CONFIG = CONTRIB / "compose" / "sigproxy.toml"
PROMETHEUS = CONTRIB / "compose" / "prometheus.yml"
DOCS = ROOT / "docs" / "containers.md"
SECRETS = "./secrets"  # made by whoever installs; docs/containers.md
IMAGE = re.compile(r"[a-z0-9.]+\.[a-z]+/[a-z0-9-]+/[a-z0-9-]+:v?\d[\w.-]*\Z")

Service = dict[str, Any]


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return document


@pytest.fixture(scope="module")
def services(composed: dict[str, Any]) -> dict[str, Service]:
    found: dict[str, Service] = composed["services"]
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return what the gateway reads, with files for what is in secrets/."""
    text = CONFIG.read_text()
    (tmp_path / "turn-secret").write_text("0" * 64)
    (tmp_path / "turn-secret").chmod(0o600)
    file = tmp_path / "sigproxy.toml"
    file.write_text(text.replace("/secrets/", f"{tmp_path}/"))
    return load(file, {})


def mounts(service: Service) -> list[tuple[str, str]]:
    pairs = (each.split(":") for each in service.get("volumes", ()))
    return [(each[0], each[1]) for each in pairs]


def published(service: Service) -> dict[str, str]:
    """Return the host's port, by the container's port and protocol."""
    pairs = (each.rpartition(":") for each in service.get("ports", ()))
    return {inner: outer for outer, _, inner in pairs}


def test_it_is_valid(composed: dict[str, Any]) -> None:
    assert validity.of_compose(composed) == []
    wrong = {**composed, "services": {"gateway": {"image": "sigproxy", "read-only": True}}}
    assert "'read-only' does not match" in validity.of_compose(wrong)[0]


def test_each_service_that_is_meant_is_there(services: dict[str, Service]) -> None:
    assert set(services) == {"gateway", "coturn", "valkey", "prometheus", "grafana"}
    others = [each["image"] for name, each in services.items() if name != "gateway"]
    assert [image for image in others if not IMAGE.match(image)] == []
    assert (ROOT / services["gateway"]["build"]["dockerfile"]).is_file()


def test_what_is_mounted_is_there(composed: dict[str, Any], services: dict[str, Service]) -> None:
    for service in services.values():
        for source, _ in mounts(service):
            if source.startswith(SECRETS):
                continue
            is_file = source.startswith("./")
            assert (ROOT / source).exists() if is_file else source in composed["volumes"], source


def test_secrets_are_in_no_commit_and_in_no_image() -> None:
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    first = next(line for line in allowed if not line.startswith("#"))
    assert first == "*", "what is not listed stays out"
    assert [line for line in allowed if "secrets" in line] == []


def test_the_steps_set_what_compose_asks_for_before_its_first_command() -> None:
    """Compose reads the whole file for each command, also for one about another service."""
    needed = re.findall(r"\$\{(\w+):?\?", COMPOSE.read_text())
    before = DOCS.read_text().partition("    docker compose ")[0]
    assert needed == ["GRAFANA_PASSWORD"]
    assert f'echo "{needed[0]}=' in before


def test_the_gateway_is_confined(services: dict[str, Service]) -> None:
    gateway = services["gateway"]
    assert gateway["read_only"] is True
    assert gateway["cap_drop"] == ["ALL"]
    assert "cap_add" not in gateway
    for service in services.values():
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["cap_drop"] == ["ALL"]


def test_ports_and_grace_are_as_the_configuration_is(
    services: dict[str, Service], settings: Settings
) -> None:
    gateway = services["gateway"]
    [bind] = settings.server.bind
    assert published(gateway)[bind.rpartition(":")[2]] == "443"
    admin = settings.admin.bind or ""
    assert not values.is_loopback(admin)
    assert admin.rpartition(":")[2] not in published(gateway), "it has no password"
    assert float(gateway["stop_grace_period"].removesuffix("s")) > nesting.stop_s(settings)
    assert (str(CONFIG.relative_to(ROOT)), "/etc/sigproxy/sigproxy.toml") in [
        (source.removeprefix("./"), target) for source, target in mounts(gateway)
    ]
    assert (SECRETS, "/secrets") in mounts(gateway)
    check = gateway["healthcheck"]["test"]
    assert f"CMD {json.dumps(check[1:])}" in (ROOT / "Containerfile").read_text()


def test_what_the_configuration_names_is_a_service(
    composed: dict[str, Any], services: dict[str, Service], settings: Settings
) -> None:
    redis = settings.limits.request_rate_redis or ""
    host = redis.removeprefix("redis://").partition(":")[0]
    assert set(services[host]["networks"]) <= set(services["gateway"]["networks"])
    assert composed["networks"]["back"] == {"internal": True}
    assert settings.turn
    assert services["coturn"]["network_mode"] == "service:gateway"
    assert values.is_loopback(settings.turn.relay or "")


def test_coturn_is_told_the_gateways_address(services: dict[str, Service]) -> None:
    address = services["gateway"]["networks"]["front"]["ipv4_address"]
    assert f"coturn --local-ip {address} > secrets/turnserver.conf" in DOCS.read_text()


def test_coturns_ports_are_published(services: dict[str, Service], settings: Settings) -> None:
    assert settings.turn
    options = dict(re.findall(r"--(min|max)-port=(\d+)", " ".join(services["coturn"]["command"])))
    relays = f"{options['min']}-{options['max']}"
    ports = published(services["gateway"])
    assert ports[f"{relays}/udp"] == relays
    assert ports[f"{settings.turn.udp_port}/udp"] == str(settings.turn.udp_port)


def test_only_secrets_are_missing_in_the_configuration() -> None:
    with pytest.raises(ConfigError) as raised:
        load(CONFIG, {})
    assert [each.key for each in raised.value.problems] == ["turn.secret_file"]


def test_prometheus_reads_the_rules_and_asks_the_gateway(
    services: dict[str, Service], settings: Settings, tmp_path: Path
) -> None:
    promtool = found("promtool", "prometheus")
    text = PROMETHEUS.read_text()
    place = dict(mounts(services["prometheus"]))["./contrib/prometheus"]
    assert f"{place}/rules.yml" in text
    file = tmp_path / "prometheus.yml"
    file.write_text(text.replace(place, str(CONTRIB / "prometheus")))
    assert "1 rule files found" in ran([promtool, "check", "config", str(file)])
    [scraped] = yaml.safe_load(text)["scrape_configs"]
    assert scraped["job_name"] == "sigproxy"
    admin = (settings.admin.bind or "").rpartition(":")[2]
    assert scraped["static_configs"] == [{"targets": [f"gateway:{admin}"]}]


def test_grafana_shows_the_dashboard(services: dict[str, Service]) -> None:
    grafana = dict(mounts(services["grafana"]))
    folder = CONTRIB / "compose" / "grafana"
    [provider] = yaml.safe_load((folder / "dashboards.yaml").read_text())["providers"]
    assert provider["options"]["path"] == grafana["./contrib/grafana"]
    [source] = yaml.safe_load((folder / "datasources.yaml").read_text())["datasources"]
    variables = json.loads((CONTRIB / "grafana" / "sigproxy.json").read_text())["templating"][
        "list"
    ]
    assert source["type"] in [each["query"] for each in variables if each["type"] == "datasource"]
    assert source["url"] == "http://prometheus:9090"
    assert list(published(services["grafana"]).values()) == ["127.0.0.1:3000"]
