"""The image, built from the Containerfile on a base that debootstrap makes: no registry is asked.

The packages of the base and of the lock come from where this machine has its own from.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests import isolation
from tests.image.space import Space

ROOT = Path(__file__).parents[2]
PROGRAMS = ("debootstrap", "buildah", "podman", "crun", "conmon", "unshare", "nsenter", "apt-get")
BASE, IMAGE = "localhost/base:test", "localhost/sigproxy:test"
BUILD_S = 900.0
# What a slim Python image of Debian's has, more or less.
INCLUDED = "python3,python3-venv,ca-certificates"
NOT_NEEDED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


class NotBuilt(Exception):
    """A command failed; the message has its last lines."""


def missing() -> str | None:
    """Return what this machine lacks for building and running an image; None: nothing."""
    if os.geteuid() != 0:
        return "building and running an image here needs root"
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    for program in PROGRAMS:
        if shutil.which(program, path=path) is None:
            packages = "podman buildah crun debootstrap util-linux"
            return f"{program} is not installed: apt-get install {packages}"
    return None


def built(space: Space, tell: Callable[[str], None]) -> None:
    """Build the image; raise NotBuilt. *tell* is told what is being done."""
    buildah = ("buildah", *space.storage)
    run = partial(_run, space)
    with isolation.outside():
        tell("debootstrap makes a base")
        base = space.folder / "base"
        command = ("debootstrap", "--variant=minbase", f"--include={INCLUDED}")
        run(*command, _codename(), str(base), _mirror(space))
        for each in NOT_NEEDED:
            shutil.rmtree(base / each, ignore_errors=True)
        tell("buildah makes an image of it")
        container = run(*buildah, "from", "scratch").strip()
        run(*buildah, "add", "--quiet", container, str(base), "/")
        run(*buildah, "commit", "--rm", "--quiet", container, BASE)
        shutil.rmtree(base)
        tell("buildah builds what the Containerfile says")
        run(*buildah, "bud", *_options(space.folder), "--tag", IMAGE, str(ROOT))


def _options(folder: Path) -> list[str]:
    configuration, authorities = folder / "pip.conf", folder / "ca.pem"
    lines = ["[global]", "cert = /run/secrets/ca"]
    if index := _configured("global.index-url"):
        lines.append(f"index-url = {index}")
    configuration.write_text("\n".join(lines) + "\n")
    given = os.environ.get("PIP_CERT") or _configured("global.cert")
    shutil.copyfile(given or AUTHORITIES, authorities)
    return [
        *("--format", "docker", "--layers=false", "--pull-never", "--isolation", "chroot"),
        *("--build-arg", f"BASE={BASE}"),
        *("--secret", f"id=pip,src={configuration}", "--secret", f"id=ca,src={authorities}"),
    ]


def _configured(name: str) -> str | None:
    command = (sys.executable, "-m", "pip", "config", "get", name)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _codename() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    return fields.get("VERSION_CODENAME", "stable").strip('"')


def _mirror(space: Space) -> str:
    """Return where apt has this Debian's packages from."""
    targets = ("--format", "$(SITE) $(CODENAME)", "Created-By: Packages")
    listed = _run(space, "apt-get", "indextargets", *targets)
    for site, name in (line.split() for line in listed.splitlines()):
        if name == _codename():
            return site
    raise NotBuilt("apt knows no mirror; see /etc/apt/sources.list, and run apt-get update")


def _run(space: Space, *command: str) -> str:
    done = space.run(*command, within_s=BUILD_S)
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise NotBuilt(f"{' '.join(command[:2])} failed with {done.returncode}:\n{last}")
    return done.stdout
