"""The licences of all packages in the lock files, written into requirements/licences.toml.

They are read from the packages themselves, whose hashes the locks have: from what each says in its
metadata (SPDX, PEP 639), or in older fields that leave no doubt. `make lock` runs this.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from email import message_from_string
from email.message import Message
from pathlib import Path

from license_expression import get_spdx_licensing
from packaging.utils import canonicalize_name

from release_tools import CannotRelease
from release_tools.locks import entries

ROOT = Path(__file__).parent.parent
FILE = ROOT / "requirements" / "licences.toml"
_HEAD = "# Written by `make lock`: the licences of all packages in the lock files, by SPDX.\n"
# Packages for Windows or for one version of Python are in no folder of the others.
_TARGETS = (("linux", "3.11"), ("linux", "3.14"), ("windows", "3.11"))

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_FIELDS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "MIT License": "MIT",
}
# They say no more than "BSD License"; this is what the LICENSE in them is.
_LOOKED_UP = {"colorama": "BSD-3-Clause", "jinja2": "BSD-3-Clause"}
_NAMED = re.compile(r"^--requirement (\S+)$", re.MULTILINE)  # a lock in another
_SPDX = get_spdx_licensing()


def licence_of(metadata: Message) -> str | None:
    """Return the SPDX expression for a package's METADATA; None if it leaves a doubt."""
    if expression := metadata.get("License-Expression"):
        return str(expression)
    named = [
        each.rpartition(" :: ")[2]
        for each in metadata.get_all("Classifier", ())
        if each.startswith("License :: ")
    ]
    text = (metadata.get("License") or "").strip()
    found = _FIELDS.get(text, text)
    if found and "\n" not in found and not _SPDX.validate(found).errors:
        return found
    if len(named) == 1 and named[0] in _CLASSIFIERS:
        return _CLASSIFIERS[named[0]]
    return _LOOKED_UP.get(canonicalize_name(metadata["Name"]))


def text(licences: Mapping[str, str]) -> str:
    return _HEAD + "".join(f'"{name}" = "{each}"\n' for name, each in sorted(licences.items()))


def _installed(locks: Iterable[Path]) -> Iterator[tuple[str, Message]]:
    """Yield name==version and METADATA of every package in *locks*, for each of _TARGETS."""
    for lock in locks:
        for platform, python in _TARGETS:
            print(f"reading licences of {lock.name} for {platform}, Python {python}", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                _install(lock, platform, python, folder)
                for file in sorted(Path(folder).glob("*.dist-info/METADATA")):
                    metadata = message_from_string(file.read_text("utf-8", "replace"))
                    yield f"{canonicalize_name(metadata['Name'])}=={metadata['Version']}", metadata


def _install(lock: Path, platform: str, python: str, folder: str) -> None:
    command = [
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--system-certs", "--no-deps"),
        *("--only-binary", ":all:", "--require-hashes", "--requirements", str(lock)),
        *("--python-platform", platform, "--python-version", python, "--target", folder),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise CannotRelease(f"{lock.name} cannot be installed for {platform}: {ended.stderr}")


def main() -> None:
    locks = {lock: lock.read_text("utf-8") for lock in sorted(FILE.parent.glob("*.lock"))}
    wanted = {f"{each.name}=={each.version}" for lock in locks.values() for each in entries(lock)}
    named = set(_NAMED.findall("\n".join(locks.values())))
    outer = [lock for lock in locks if lock.name not in named]
    found: dict[str, str] = {}
    doubtful: dict[str, str] = {}
    for name, metadata in _installed(outer):
        if (licence := licence_of(metadata)) is None:
            doubtful[name] = str(metadata.get("License"))[:60]
        else:
            found[name] = licence
    missing = sorted(wanted - found.keys())
    if missing:
        said = ", ".join(f"{name} (it says {doubtful.get(name)!r})" for name in missing)
        sys.exit(f"no licence, or a doubtful one, of {said}; look, and write it into {__file__}")
    FILE.write_text(text({name: found[name] for name in wanted}), "utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(wanted)} packages")


if __name__ == "__main__":
    try:
        main()
    except CannotRelease as fault:
        sys.exit(str(fault))
