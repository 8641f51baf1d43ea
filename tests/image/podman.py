"""The gateway as a container, by podman.

The containers have the network of the test, which is a namespace too, so that a gateway in one
reaches the lab's vendors.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.image.build import IMAGE
from tests.image.space import Done, Space

CONFINED = (
    *("--read-only", "--read-only-tmpfs=false", "--cap-drop=all"),
    *("--security-opt", "no-new-privileges"),
)
# What a sandbox may not raise: a container would be given the engine's defaults otherwise.
LIMITS = ("--ulimit", "nofile=1024:20000", "--ulimit", "nproc=1024:1024")
NAME = "gateway"
RUN_S = 180.0  # with vfs, a container begins with a copy of all files


class Podman:
    """Runs podman inside."""

    def __init__(self, space: Space) -> None:
        self._space = space

    def run(self, *arguments: str, within_s: float = RUN_S) -> Done:
        space = self._space
        options = (*space.storage, "--tmpdir", f"{space.folder}/tmp", "--events-backend", "none")
        engine = ("--cgroup-manager", "cgroupfs", "--runtime", "crun")
        return space.run("podman", *options, *engine, *arguments, within_s=within_s)

    def must(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, f"podman {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def once(self, *arguments: str, program: str | None = None) -> Done:
        """Run the image's program, or another one, to its end with *arguments*."""
        options = ("--rm", *CONFINED, *LIMITS, "--cgroups=disabled", "--network=host")
        entrypoint = ("--entrypoint", program) if program else ()
        return self.run("run", *options, *entrypoint, IMAGE, *arguments)

    @contextmanager
    def gateway(self, config: Path) -> Iterator["Container"]:
        """Run the image with *config*; remove the container at the end."""
        mount = f"{config}:/etc/sigproxy/sigproxy.toml:ro"
        options = (*CONFINED, *LIMITS, "--cgroups=disabled", "--network=host", "--volume", mount)
        # What the configuration names: the lab's authority.
        folder = f"{config.parent}/files:{config.parent}/files:ro"
        self.must("run", "--detach", "--name", NAME, *options, "--volume", folder, IMAGE)
        try:
            yield Container(self)
        finally:
            self.run("rm", "--force", "--time", "0", NAME)


class Container:
    """The gateway that runs."""

    def __init__(self, podman: Podman) -> None:
        self._podman = podman

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._podman.must("inspect", NAME))[0]["State"]
        return found

    def said(self) -> str:
        done = self._podman.run("logs", NAME)
        return done.stdout + done.stderr

    def inside(self, *command: str) -> Done:
        return self._podman.run("exec", NAME, *command)

    def checked(self) -> tuple[int, str]:
        """Run the health check once; return its status, and what podman thinks afterwards."""
        code = self._podman.run("healthcheck", "run", NAME).returncode
        return code, self.state()["Health"]["Status"]

    def stop(self, grace_s: int) -> Done:
        return self._podman.run("stop", "--time", str(grace_s), NAME, within_s=grace_s + RUN_S)


def obstacle(podman: Podman) -> str | None:
    """Return why no container can run here; None if one can."""
    done = podman.once("--version")
    return None if done.returncode == 0 else f"podman runs no container here: {done.stderr.strip()}"
