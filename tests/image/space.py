"""Where images are built and run: a mount and a cgroup namespace, and a folder for all of it.

Whatever is mounted there ends with the process that holds the namespaces; of the machine nothing is
changed.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.orphans import end_with_parent

# crun wants cgroups of version 2 alone, whatever the machine has.
HOLD = """
umount -R /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
cd "$1" && mkdir -p lower upper work merged
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged 2>/dev/null &&
    echo overlay || echo vfs
exec sleep infinity
"""

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Space:
    """*pid* holds the namespaces; *driver*: how layers of images are stored, best first.

    overlay mounts them; vfs copies all files for each container, and works everywhere.
    """

    folder: Path
    pid: int
    driver: str

    def run(self, *command: str, within_s: float) -> Done:
        """Run a command in there to its end."""
        enter = ("nsenter", "--target", str(self.pid), "--mount", "--cgroup", "--wdns=/")
        # podman leaves health checks to timers of systemd, which need not be there.
        more = {
            "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
            "DISABLE_HC_SYSTEMD": "true",
        }
        return subprocess.run(
            [*enter, *command],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            env=os.environ | more,
            timeout=within_s,
        )

    @property
    def storage(self) -> tuple[str, ...]:
        """The options by which buildah and podman keep all they have in the folder."""
        places = ("--root", f"{self.folder}/storage", "--runroot", f"{self.folder}/run")
        return (*places, "--storage-driver", self.driver)


@contextmanager
def entered(folder: Path) -> Iterator[Space]:
    """Hold the namespaces; raise OSError if this machine allows none."""
    process = subprocess.Popen(
        ["unshare", "--mount", "--cgroup", "bash", "-c", HOLD, "-", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        preexec_fn=end_with_parent,
    )
    try:
        assert process.stdout is not None
        if not (driver := process.stdout.readline().strip()):
            raise OSError(process.communicate()[1].strip() or "unshare failed")
        yield Space(folder, process.pid, driver)
    finally:
        process.kill()
        process.communicate()
