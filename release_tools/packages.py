"""Build the archive of the sources and, from it, the wheel: the same files give the same bytes."""

import io
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from release_tools import CannotRelease, archive


@dataclass(frozen=True, slots=True)
class Place:
    """Where and as whom a build runs: none of it may show in the result."""

    folder: Path
    timezone: str = "UTC"
    hash_seed: str = "0"


def built(place: Place, epoch: int) -> dict[str, bytes]:
    """Return the files of a release, by name, from the sources in *place*; raise CannotRelease."""
    folder = place.folder
    [raw] = _build(place, epoch, "--sdist", folder).items()
    name, packed = raw[0], archive.normalised(raw[1], epoch)
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as files:
        files.extractall(folder / "unpacked", filter="data")
    [unpacked] = (folder / "unpacked").iterdir()
    return {name: packed, **_build(place, epoch, "--wheel", unpacked)}


def _build(place: Place, epoch: int, kind: str, sources: Path) -> dict[str, bytes]:
    out = place.folder / "built" / kind.strip("-")
    ended = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(out), str(sources)],
        capture_output=True,
        check=False,
        umask=0o022,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("PYTHON")},
            "SOURCE_DATE_EPOCH": str(epoch),
            "TZ": place.timezone,
            "PYTHONHASHSEED": place.hash_seed,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    if ended.returncode != 0:
        said = (ended.stdout + ended.stderr).decode("utf-8", "replace").strip()
        raise CannotRelease(f"the build failed; it said last:\n{said[-2000:]}")
    return {each.name: each.read_bytes() for each in sorted(out.iterdir())}


def difference(one: dict[str, bytes], other: dict[str, bytes]) -> str | None:
    """Return what differs between two builds, as a sentence; None if they are the same."""
    if one.keys() != other.keys():
        return f"one build made {', '.join(one)}, the other {', '.join(other)}"
    for name, packed in one.items():
        if packed != other[name]:
            return f"two builds of {name} differ"
    return None
