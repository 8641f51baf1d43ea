"""The manifests: valid by Kubernetes' schemas, safe, and as the configuration is."""

import copy
import re
from ipaddress import ip_address, ip_network

import pytest

from tests.contrib import validity
from tests.contrib.kubernetes import (
    BASE,
    OVERLAY,
    ROOT,
    Object,
    Objects,
    container,
    judged,
    kustomized,
    pod,
)

FOLDERS = (BASE, OVERLAY)
KINDS = {
    *("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy"),
    *("PodDisruptionBudget", "Service"),
}


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def rendered(request: pytest.FixtureRequest) -> Objects:
    return kustomized(request.param)


@pytest.fixture(scope="module")
def example() -> Objects:
    return kustomized(OVERLAY)


@pytest.mark.parametrize("version", validity.KUBERNETES)
def test_each_object_is_valid(rendered: Objects, version: str) -> None:
    assert rendered.keys() >= KINDS
    for each in rendered.values():
        assert validity.of_kubernetes(version, each) == []


@pytest.mark.parametrize("version", validity.KUBERNETES)
def test_a_slip_of_the_pen_is_not_valid(example: Objects, version: str) -> None:
    wrong = copy.deepcopy(example)
    probe = container(wrong)["readinessProbe"]
    probe["failureTreshold"] = probe.pop("failureThreshold")
    del wrong["Service"]["spec"]["ports"][0]["port"]

    assert any(
        "failureTreshold" in each for each in validity.of_kubernetes(version, wrong["Deployment"])
    )
    assert any(
        "'port' is a required" in each for each in validity.of_kubernetes(version, wrong["Service"])
    )


def test_they_are_as_the_configuration_is(rendered: Objects) -> None:
    assert judged(rendered) == []


def test_the_overlays_configuration_is_what_the_gateway_reads(example: Objects) -> None:
    [volume] = [each for each in pod(example)["volumes"] if "configMap" in each]
    assert volume["configMap"]["name"] == example["ConfigMap"]["metadata"]["name"]
    assert example["ConfigMap"]["data"] == {
        "sigproxy.toml": (OVERLAY / "sigproxy.toml").read_text(),
    }
    assert container(example)["image"].startswith("registry.example.com/sigproxy:")
    assert {each["metadata"].get("namespace", "") for each in example.values()} == {"", "sigproxy"}


def test_the_pod_is_one_that_the_restricted_profile_admits(rendered: Objects) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/, and more than that."""
    image_user = re.search(
        r"^USER (\d+):(\d+)$", (ROOT / "Containerfile").read_text(), re.MULTILINE
    )
    assert image_user
    secured = pod(rendered)["securityContext"]
    assert secured["runAsNonRoot"] is True
    assert (secured["runAsUser"], secured["runAsGroup"]) == tuple(map(int, image_user.groups()))
    assert secured["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(rendered)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(rendered)["automountServiceAccountToken"] is False
    modes = [each["secret"]["defaultMode"] for each in pod(rendered)["volumes"] if "secret" in each]
    assert modes == [0o440]


def test_autoscaler_and_budget_are_of_these_pods(rendered: Objects) -> None:
    deployment = rendered["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert "replicas" not in deployment["spec"]
    scaler = rendered["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    names = [each["pods"]["metric"]["name"] for each in scaler["metrics"] if "pods" in each]
    assert names == ["sigproxy_websockets_open"]
    assert f"| `{names[0]}` | gauge |" in (ROOT / "docs" / "metrics.md").read_text()
    budget = rendered["PodDisruptionBudget"]["spec"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()
    assert budget["maxUnavailable"] < scaler["minReplicas"]


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        *(("169.254.169.254", False), ("10.96.0.1", False), ("172.31.0.1", False)),
        *(("192.168.1.1", False), ("100.100.0.1", False), ("fd00:ec2::254", False)),
        *(("fe80::1", False), ("::1", False), ("52.112.0.1", True), ("2603:1020::1", True)),
    ],
)
def test_where_the_gateway_may_connect_to(example: Objects, address: str, is_open: bool) -> None:
    rules = example["NetworkPolicy"]["spec"]["egress"]
    blocks = [to["ipBlock"] for rule in rules for to in rule.get("to", ())]
    assert any(_is_in(address, block) for block in blocks) is is_open
    assert [rule["ports"] for rule in rules if "to" not in rule] == [
        [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    ]


def _is_in(address: str, block: Object) -> bool:
    inner = ip_address(address)
    refused = any(inner in ip_network(each) for each in block.get("except", ()))
    return inner in ip_network(block["cidr"]) and not refused
