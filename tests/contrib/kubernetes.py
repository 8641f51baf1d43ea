"""The manifests, rendered by kubectl, and what contrib/kubernetes/check.py says of them."""

import runpy
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.contrib.programs import WAIT_S, found

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "contrib" / "kubernetes"
CHECK = KUBERNETES / "check.py"
BASE, OVERLAY = KUBERNETES / "base", KUBERNETES / "overlays" / "example"

Object = dict[str, Any]
Objects = dict[str, Object]  # by kind


def kustomized(folder: Path) -> Objects:
    """Return what *folder* renders to; skip the test if there is no kubectl."""
    kubectl = found("kubectl", "kubernetes-client")
    command = [kubectl, "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all(done.stdout))
    by_kind = {each["kind"]: each for each in objects}
    assert len(by_kind) == len(objects)
    return by_kind


def judged(objects: Objects) -> list[str]:
    """Return the sentences of the check."""
    check = runpy.run_path(str(CHECK))
    try:
        return list(check["problems"](check["deployed"](yaml.safe_dump_all(objects.values()))))
    except check["Unreadable"] as error:
        return str(error).splitlines()


def pod(objects: Objects) -> Object:
    spec: Object = objects["Deployment"]["spec"]["template"]["spec"]
    return spec


def container(objects: Objects) -> Object:
    only: Object
    [only] = pod(objects)["containers"]
    return only
