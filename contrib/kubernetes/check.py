"""Compare rendered manifests with the gateway's configuration in them, before they are applied.

    kubectl kustomize contrib/kubernetes/overlays/example | python3 contrib/kubernetes/check.py

Prints one sentence for each contradiction, and exits with 1 if there is any. Needs sigproxy and
PyYAML in the Python that runs it. It asks no cluster.
"""

import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from sigproxy.assembly.egress import build_egress
from sigproxy.config import ConfigError, Settings, load, nesting
from sigproxy.config.values import is_loopback, parse_bind
from sigproxy.tools.firewall import Rule, from_routes, rules_for
from sigproxy.tools.firewall_formats.paper import ranges
from sigproxy.tools.firewall_needs import GATEWAY, USUAL, needs
from sigproxy.tools.firewall_proxy import through_proxy

try:
    import yaml
except ImportError:
    sys.exit("PyYAML is not installed: pip install pyyaml, into the Python that runs this")

NAME = "sigproxy"  # of the container
CONFIG = "/etc/sigproxy/sigproxy.toml"  # SIGPROXY_CONFIG of the image
PROBES = {"startupProbe": "/-/ready", "readinessProbe": "/-/ready", "livenessProbe": "/-/live"}
SOURCES = (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"))
DATA = ("data", "binaryData", "stringData")
PERIOD_S, FAILURES, GRACE_S = 10, 3, 30  # of probes and pods that do not say

Object = Mapping[str, Any]


class Unreadable(Exception):
    """The manifests cannot be judged; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The gateway's pod, its container, the configuration that it reads, and all objects."""

    objects: tuple[Object, ...]
    template: Object
    container: Object
    settings: Settings

    @property
    def pod(self) -> Object:
        pod: Object = self.template["spec"]
        return pod

    def selecting(self, kind: str, *keys: str) -> Iterator[Object]:
        """Yield the objects whose selector, which is at *keys* in their spec, names the pod."""
        labels = self.template["metadata"].get("labels", {})
        for each in of_kind(self.objects, kind):
            selector = each["spec"]
            for key in keys:
                selector = selector.get(key, {})
            if selector.items() <= labels.items():
                yield each

    def port(self, named: object) -> int | None:
        """Return the number of the container's port that is *named*, or that is that number."""
        if isinstance(named, int):
            return named
        ports = self.container.get("ports", ())
        return next((each["containerPort"] for each in ports if each.get("name") == named), None)

    def client_ports(self) -> list[int]:
        binds = map(parse_bind, self.settings.server.bind)
        return [bind.port for bind in binds if not isinstance(bind, Path)]


def deployed(text: str) -> Deployed:
    """Return what *text*, in YAML, deploys; raise Unreadable."""
    try:
        objects = tuple(each for each in yaml.safe_load_all(text) if isinstance(each, dict))
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())  # PyYAML's text has several lines
        raise Unreadable(f"the manifests are not YAML: {said}; render them anew") from None
    for deployment in of_kind(objects, "Deployment"):
        template = deployment["spec"]["template"]
        for container in template["spec"]["containers"]:
            if container["name"] == NAME:
                settings = _settings(objects, template["spec"], container)
                return Deployed(objects, template, container, settings)
    raise Unreadable(f"there is no Deployment with a container called {NAME}; render an overlay")


def of_kind(objects: tuple[Object, ...], kind: str) -> Iterator[Object]:
    return (each for each in objects if each.get("kind") == kind)


def _settings(objects: tuple[Object, ...], pod: Object, container: Object) -> Settings:
    environ = {each["name"]: each["value"] for each in container.get("env", ()) if "value" in each}
    path = PurePosixPath(environ.get("SIGPROXY_CONFIG", CONFIG))
    mounts = container.get("volumeMounts", ())
    volume = next((each["name"] for each in mounts if path.is_relative_to(each["mountPath"])), None)
    names = {each["name"]: each.get("configMap", {}).get("name") for each in pod.get("volumes", ())}
    for each in of_kind(objects, "ConfigMap"):
        name, data = each["metadata"]["name"], each.get("data", {})
        if volume in names and name == names[volume] and path.name in data:
            return _loaded(data[path.name], f"ConfigMap {name}", environ)
    raise Unreadable(
        f"the gateway finds no configuration: no ConfigMap here has {path.name} and is mounted at "
        f"{path.parent}; add it to configMapGenerator, volumes and volumeMounts"
    )


def _loaded(text: str, source: str, environ: Mapping[str, str]) -> Settings:
    with TemporaryDirectory() as folder:
        file = Path(folder, "sigproxy.toml")
        file.write_text(text)
        try:
            return load(file, environ)
        except ConfigError as error:
            # Files with keys come from Secrets, and are not here.
            known = [each for each in error.problems if " cannot be read" not in each.what]
            if error.rest is not None and not known:
                return error.rest
            lines = (f"{source}: {each.key}: {each.what}; {each.remedy}" for each in known)
            raise Unreadable("\n".join(lines)) from None


def problems(found: Deployed) -> Iterator[str]:
    """Yield one sentence for each contradiction."""
    yield from _probes(found)
    yield from _times(found)
    yield from _ports(found)
    yield from _ways_out(found)
    yield from _files(found)
    if found.pod.get("enableServiceLinks", True):
        for each in of_kind(found.objects, "Service"):
            if (name := each["metadata"]["name"]) == NAME or name.startswith(f"{NAME}-"):
                yield (
                    f"Deployment: enableServiceLinks is not false, and so the Service {name} sets "
                    "SIGPROXY_PORT and the like, at which the gateway does not start; write false"
                )


def _probes(found: Deployed) -> Iterator[str]:
    bind = found.settings.admin.bind
    if bind is None:
        yield (
            "admin.bind: is not set, and the probes ask the admin listener; add [admin] with "
            'bind = "0.0.0.0:9901"'
        )
        return
    admin = int(bind.rpartition(":")[2])
    scraped = (found.template["metadata"].get("annotations") or {}).get("prometheus.io/port")
    if scraped not in (None, str(admin)):
        yield (
            f"Deployment: the annotation prometheus.io/port says {scraped}, and the metrics are at "
            f"port {admin} (admin.bind); correct it"
        )
    if is_loopback(bind):
        yield (
            f"admin.bind: {bind} cannot be reached from the node, where probes come from; write "
            f'"0.0.0.0:{admin}", and keep others away with a NetworkPolicy'
        )
    for name, path in PROBES.items():
        probe = found.container.get(name)
        if probe is None:
            if name != "startupProbe":
                yield f"Deployment: {name} is missing; let it ask port {admin} for {path}"
            continue
        asked = probe.get("httpGet", {})
        where = (found.port(asked.get("port")), asked.get("path"), asked.get("scheme", "HTTP"))
        if where != (admin, path, "HTTP"):
            shown = f"{where[2]} port {asked.get('port')} for {where[1]}" if asked else "nothing"
            yield (
                f"Deployment: {name} asks {shown}, and the gateway answers it at HTTP port {admin} "
                f"(admin.bind) for {path}; correct its httpGet"
            )


def _times(found: Deployed) -> Iterator[str]:
    server, needed_s = found.settings.server, nesting.stop_s(found.settings)
    grace_s = found.pod.get("terminationGracePeriodSeconds", GRACE_S)
    if grace_s < needed_s:
        yield (
            f"Deployment: terminationGracePeriodSeconds is {grace_s}, and a stop may take "
            f"{needed_s} s (drain_s = {server.drain_s:g}); write {needed_s} or more"
        )
    probe = found.container.get("readinessProbe", {})
    fails_s = probe.get("periodSeconds", PERIOD_S) * probe.get("failureThreshold", FAILURES)
    if server.drain_notice_s < fails_s:
        yield (
            f"server.drain_notice_s: {server.drain_notice_s:g} is less than the {fails_s} s until "
            f"readinessProbe fails, so that clients would still be sent to a closed port; write "
            f"{fails_s} or more"
        )


def _ports(found: Deployed) -> Iterator[str]:
    clients = found.client_ports()
    services = list(found.selecting("Service", "selector"))
    for each in services:
        for entry in each["spec"]["ports"]:
            target = entry.get("targetPort", entry["port"])
            if found.port(target) not in clients:
                yield (
                    f"Service {each['metadata']['name']}: port {entry['port']} leads to {target}, "
                    f"and clients are served at {clients} (server.bind); correct targetPort"
                )
    if not services:
        yield "Service: none selects the pods' labels; correct its selector"
    policies = list(found.selecting("NetworkPolicy", "podSelector", "matchLabels"))
    rules = [rule for each in policies for rule in each["spec"].get("ingress", ())]
    admitted = {found.port(port.get("port")) for rule in rules for port in rule.get("ports", ())}
    for port in clients if policies else ():
        if port not in admitted and all(rule.get("ports") for rule in rules):
            yield f"NetworkPolicy: lets nobody connect to port {port} (server.bind); add that port"


def _ways_out(found: Deployed) -> Iterator[str]:
    """Compare the ports; which addresses the vendors' names have is not known here."""
    policies = found.selecting("NetworkPolicy", "podSelector", "matchLabels")
    specs = [each["spec"] for each in policies if "Egress" in each["spec"].get("policyTypes", ())]
    rules = [rule for spec in specs for rule in spec.get("egress") or ()]
    entries: list[Object] = [port for rule in rules for port in rule.get("ports") or [{}]]
    tcp = [each for each in entries if each.get("protocol", "TCP") == "TCP"]
    if not specs or not all(isinstance(each.get("port"), int) for each in tcp):
        return  # no policy, or one that has every port or names that other pods know
    open_ports = [(each["port"], each.get("endPort", each["port"])) for each in tcp]
    closed: dict[str, str] = {}
    for rule in _connections(found.settings):
        for low, high in ranges(rule.port):
            if not any(first <= low and high <= last for first, last in open_ports):
                closed.setdefault(f"{low}" if low == high else f"{low}-{high}", rule.destination)
    for port, host in closed.items():
        yield (
            f"NetworkPolicy: lets the gateway connect to no port {port}, where it reaches {host}; "
            "add that port to egress"
        )


def _connections(settings: Settings) -> Iterator[Rule]:
    """Yield what the configuration lets the gateway connect to over TCP."""
    reach, egress = from_routes(settings), build_egress(settings.upstream)
    for rule in (
        *through_proxy(rules_for((), reach), reach, egress),
        *needs(settings, (), egress, assume_certificate=False),
    ):
        if rule.source == GATEWAY and rule.protocol != "UDP" and rule.known_from != USUAL:
            yield rule


def _files(found: Deployed) -> Iterator[str]:
    mounts = {each["mountPath"]: each for each in found.container.get("volumeMounts", ())}
    for name, path in _paths(found.settings.model_dump()):
        place = max((each for each in mounts if path.is_relative_to(each)), key=len, default=None)
        if place is None:
            yield f"{name}: nothing is mounted at {path.parent}; mount a Secret with {path.name}"
            continue
        source, files = _mounted(found, mounts[place]["name"])
        file = str(path.relative_to(place))
        if files is not None and "subPath" not in mounts[place] and file not in files:
            yield (
                f"{name}: {source}, which is mounted at {place}, has no {file}; add it there, or "
                "mount a Secret that has it at a folder of its own"
            )


def _mounted(found: Deployed, volume: str) -> tuple[str, Collection[str] | None]:
    """Return what *volume* shows to the pod, and its files; None: no object here says them."""
    for each in found.pod.get("volumes", ()):
        for kind, key, reference in SOURCES:
            if each["name"] != volume or kind not in each:
                continue
            name = each[kind].get(reference)
            if items := each[kind].get("items"):
                return f"{key} {name}", {item["path"] for item in items}
            for known in of_kind(found.objects, key):
                if known["metadata"]["name"] == name:
                    parts = (known.get(part) or {} for part in DATA)
                    return f"{key} {name}", {file for part in parts for file in part}
    return "", None


def _paths(value: object, name: str = "") -> Iterator[tuple[str, Path]]:
    """Yield the settings that are files, with their names, as ``server.certificate``."""
    if isinstance(value, Path):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _paths(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _paths(inner, f"{name}[{index}]")


def main() -> None:
    try:
        found = tuple(problems(deployed(sys.stdin.read())))
    except Unreadable as error:
        found = (str(error),)
    except (AttributeError, KeyError, TypeError) as error:
        found = (
            f"the manifests are not as Kubernetes has them ({type(error).__name__}: {error}); "
            "`kubectl apply --dry-run=server -f FILE` says where",
        )
    if found:
        sys.exit("\n".join(found))
    print("ok: the manifests fit the configuration")


if __name__ == "__main__":
    main()
