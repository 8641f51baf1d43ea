"""Manifests that contradict the configuration: each contradiction is one clear sentence."""

import copy
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import yaml

from tests.contrib.kubernetes import (
    CHECK,
    OVERLAY,
    ROOT,
    Objects,
    container,
    judged,
    kustomized,
    pod,
)
from tests.contrib.programs import WAIT_S


@pytest.fixture(scope="module")
def example() -> Objects:
    return kustomized(OVERLAY)


Change = Callable[[Objects], object]


def configured(old: str, new: str) -> Change:
    def change(objects: Objects) -> None:
        data = objects["ConfigMap"]["data"]
        assert old in data["sigproxy.toml"]
        data["sigproxy.toml"] = data["sigproxy.toml"].replace(old, new)

    return change


def probing(name: str, **get: object) -> Change:
    return lambda objects: container(objects)[name]["httpGet"].update(get)


def contradictions() -> Iterator[tuple[str, Change, str]]:
    yield (
        "another path",
        probing("livenessProbe", path="/healthz"),
        "Deployment: livenessProbe asks HTTP port admin for /healthz, and the gateway answers it "
        "at HTTP port 9901 (admin.bind) for /-/live; correct its httpGet",
    )
    yield (
        "https",
        probing("readinessProbe", scheme="HTTPS"),
        "Deployment: readinessProbe asks HTTPS port admin for /-/ready, and the gateway answers it "
        "at HTTP port 9901 (admin.bind) for /-/ready; correct its httpGet",
    )
    yield (
        "metrics at another port",
        lambda objects: objects["Deployment"]["spec"]["template"]["metadata"]["annotations"].update(
            {"prometheus.io/port": "9902"}
        ),
        "Deployment: the annotation prometheus.io/port says 9902, and the metrics are at port 9901 "
        "(admin.bind); correct it",
    )
    yield (
        "no probe",
        lambda objects: container(objects).pop("livenessProbe"),
        "Deployment: livenessProbe is missing; let it ask port 9901 for /-/live",
    )
    yield (
        "admin on loopback",
        configured("0.0.0.0:9901", "127.0.0.1:9901"),
        "admin.bind: 127.0.0.1:9901 cannot be reached from the node, where probes come from; write "
        '"0.0.0.0:9901", and keep others away with a NetworkPolicy',
    )
    yield (
        "no admin",
        configured('[admin]\nbind = "0.0.0.0:9901"', ""),
        "admin.bind: is not set, and the probes ask the admin listener; add [admin] with bind = "
        '"0.0.0.0:9901"',
    )
    yield (
        "a short grace",
        lambda objects: pod(objects).pop("terminationGracePeriodSeconds"),
        "Deployment: terminationGracePeriodSeconds is 30, and a stop may take 50 s (drain_s = 40); "
        "write 50 or more",
    )
    yield (
        "a short notice",
        configured("drain_notice_s = 10", "drain_notice_s = 5"),
        "server.drain_notice_s: 5 is less than the 8 s until readinessProbe fails, so that clients "
        "would still be sent to a closed port; write 8 or more",
    )
    yield (
        "a Service to the admin port",
        lambda objects: objects["Service"]["spec"]["ports"][0].update(targetPort="admin"),
        "Service sigproxy: port 443 leads to admin, and clients are served at [8443] "
        "(server.bind); correct targetPort",
    )
    yield (
        "a Service for others",
        lambda objects: objects["Service"]["spec"].update(selector={"app": "sigproxy"}),
        "Service: none selects the pods' labels; correct its selector",
    )
    yield (
        "a closed port",
        lambda objects: objects["NetworkPolicy"]["spec"]["ingress"].pop(0),
        "NetworkPolicy: lets nobody connect to port 8443 (server.bind); add that port",
    )
    yield (
        "a vendor at another port",
        configured('presets = ["daily"]', 'targets = ["a.example:4000-5000"]'),
        "NetworkPolicy: lets the gateway connect to no port 4000-5000, where it reaches a.example; "
        "add that port to egress",
    )
    yield (
        "a forward proxy",
        configured("[admin]", '[upstream]\nproxy = "http://proxy.example:3128"\n\n[admin]'),
        "NetworkPolicy: lets the gateway connect to no port 3128, where it reaches proxy.example; "
        "add that port to egress",
    )
    yield (
        "a certificate elsewhere",
        configured("/etc/certificate/tls.crt", "/etc/ssl/tls.crt"),
        "server.certificate: nothing is mounted at /etc/ssl; mount a Secret with tls.crt",
    )
    yield (
        "keys that are nowhere",
        configured('prefix = "/acs"', 'prefix = "/acs"\nkeys_file = "/etc/keys/acs"'),
        "route[0].keys_file: nothing is mounted at /etc/keys; mount a Secret with acs",
    )
    yield (
        "keys that the ConfigMap has not",
        configured('prefix = "/acs"', 'prefix = "/acs"\nkeys_file = "/etc/sigproxy/keys"'),
        "route[0].keys_file: ConfigMap NAME, which is mounted at /etc/sigproxy, has no keys; add "
        "it there, or mount a Secret that has it at a folder of its own",
    )
    yield (
        "a Secret without the key",
        lambda objects: pod(objects)["volumes"][1]["secret"].update(
            items=[{"key": "tls.crt", "path": "tls.crt"}]
        ),
        "server.private_key: Secret sigproxy-tls, which is mounted at /etc/certificate, has no "
        "tls.key; add it there, or mount a Secret that has it at a folder of its own",
    )
    yield (
        "links",
        lambda objects: pod(objects).pop("enableServiceLinks"),
        "Deployment: enableServiceLinks is not false, and so the Service sigproxy sets "
        "SIGPROXY_PORT and the like, at which the gateway does not start; write false",
    )
    yield (
        "no mount",
        lambda objects: container(objects).update(volumeMounts=[]),
        "the gateway finds no configuration: no ConfigMap here has sigproxy.toml and is mounted at "
        "/etc/sigproxy; add it to configMapGenerator, volumes and volumeMounts",
    )
    yield (
        "another container",
        lambda objects: container(objects).update(name="gateway"),
        "there is no Deployment with a container called sigproxy; render an overlay",
    )


CONTRADICTIONS = tuple(contradictions())


@pytest.mark.parametrize(
    ("change", "said"),
    [each[1:] for each in CONTRADICTIONS],
    ids=[each[0] for each in CONTRADICTIONS],
)
def test_a_contradiction_is_one_sentence(example: Objects, change: Change, said: str) -> None:
    wrong = copy.deepcopy(example)
    change(wrong)
    name = wrong["ConfigMap"]["metadata"]["name"]  # its end is a hash
    assert judged(wrong) == [said.replace("NAME", name)]


def test_a_wrong_configuration_is_said_as_ever(example: Objects) -> None:
    wrong = copy.deepcopy(example)
    configured("drain_s = 40", "drian_s = 40")(wrong)
    [said] = judged(wrong)
    assert said.startswith("ConfigMap sigproxy-")
    assert said.endswith(": server.drian_s: unknown key; did you mean drain_s?")


def ran(text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(CHECK)],
        input=text,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
        cwd=ROOT,
    )


@pytest.mark.parametrize(
    "ports",
    [
        [{"port": 4000, "endPort": 5000}, {"port": 443}],
        [{"protocol": "TCP"}],
    ],
)
def test_ports_that_are_open_are_no_contradiction(
    example: Objects, ports: list[dict[str, object]]
) -> None:
    changed = copy.deepcopy(example)
    configured('presets = ["daily"]', 'targets = ["a.example:4000-5000"]')(changed)
    changed["NetworkPolicy"]["spec"]["egress"][1]["ports"] = ports
    assert judged(changed) == []


def test_what_is_not_yaml_is_one_line() -> None:
    done = ran("garbage: [")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("the manifests are not YAML: while parsing a flow node ")


def test_the_command_says_it(example: Objects) -> None:
    done = ran(yaml.safe_dump_all(example.values()))
    assert (done.returncode, done.stdout) == (0, "ok: the manifests fit the configuration\n")
    wrong = copy.deepcopy(example)
    del wrong["Deployment"]["spec"]
    assert ran(yaml.safe_dump_all(wrong.values())).stderr == (
        "the manifests are not as Kubernetes has them (KeyError: 'spec'); "
        "`kubectl apply --dry-run=server -f FILE` says where\n"
    )
    wrong = copy.deepcopy(example)
    container(wrong)["readinessProbe"]["httpGet"]["port"] = "https"
    done = ran(yaml.safe_dump_all(wrong.values()))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Deployment: readinessProbe asks HTTP port https for /-/ready, and the gateway answers it "
        "at HTTP port 9901 (admin.bind) for /-/ready; correct its httpGet\n"
    )
