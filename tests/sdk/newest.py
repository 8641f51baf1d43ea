"""Try npm's newest release of each SDK, and print what changed on the wire.

python -m tests.sdk.newest [PACKAGE[@VERSION] ...]       as root; a minute for each SDK

Without arguments it is the newest of every SDK; a package may be named, with a version or without.
Each is installed into a temporary folder in place of the newest release that is pinned, and played
beside that one: without a gateway, and through sigproxy. The exit code is 0 if nothing changed,
1 if something did, and 2 if the SDKs could not be tried.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.sdk import application, checks, lab, wire
from tests.sdk.record import Run, Way
from tests.sdk.releases import Pinned, newest_pinned, read, with_releases
from tests.sdk.scenario import YES, Scenario
from tests.sdk.scenarios import SCENARIOS

SAME, CHANGED, FAILED = 0, 1, 2
QUERY = re.compile(r"\?\S*")
COPIED = (".npmrc", "bundle.mjs", "pages")
INSTALL = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
BUNDLE = ("npm", "run", "--silent", "bundle")


@dataclass(frozen=True, slots=True)
class Trial:
    """One SDK: what is pinned, and the version that npm has installed in its place."""

    pinned: Pinned
    version: str

    @property
    def scenarios(self) -> list[Scenario]:
        chosen = (each for each in SCENARIOS if each.module == self.pinned.module)
        return [replace(each, sampled=False) for each in chosen]


def say(text: str) -> None:
    print(text, flush=True)


def install(directory: Path, wanted: dict[Pinned, str]) -> Path:
    """Install *wanted* and all else that is pinned; return the folder of the modules."""
    for name in COPIED:
        source = application.HERE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, directory / name)
    document = with_releases(read(), wanted)
    (directory / "package.json").write_text(json.dumps(document))
    for command in INSTALL, BUNDLE:
        say(f"{' '.join(command[:2])} ...")
        subprocess.run(command, cwd=directory, check=True)
    return directory / "node_modules"


def installed(modules: Path, pinned: Pinned) -> str:
    document = json.loads((modules / pinned.module / "package.json").read_text())
    return str(document["version"])


async def differences(trial: Trial, modules: Path) -> list[str]:
    """Play the pinned release and the new one; return what is different, and what fails of it."""
    scenarios = trial.scenarios

    def ended(scenario: Scenario, way: Way) -> None:
        say(f"  {scenario.setting}: {way} is done")

    alone = [replace(each, proxy=None, shim=None) for each in scenarios]
    async with lab.running(alone, ended) as laboratory:
        before = [await laboratory.run(each, Way.DIRECT) for each in alone]
    async with lab.running(scenarios, ended, modules) as laboratory:
        after = [await laboratory.runs(each) for each in scenarios]
    found: dict[str, None] = {}
    for old, new in zip(before, after, strict=True):
        noise = new.scenario.noise
        changes = wire.changes(wire.seen(noise, old), wire.seen(noise, new.by_way[Way.DIRECT]))
        found |= dict.fromkeys(changes)
        found |= dict.fromkeys(_failures(new.scenario, new.by_way))
    return list(found)


def _failures(scenario: Scenario, runs: dict[Way, Run]) -> Iterator[str]:
    for way, run in runs.items():
        for step in scenario.steps:
            if (cell := step.cell(scenario, run)) != YES:
                yield f"{scenario.setting}, {way}: {step.name}: {cell}"
        if way in scenario.ways:
            for leak in checks.leaks(scenario, run):
                yield f"{scenario.setting}, {way}: {QUERY.sub('', leak)}"


def report(trial: Trial, found: list[str]) -> Iterator[str]:
    """Yield what a person reads of one SDK."""
    heading = f"{trial.pinned.package}: {trial.pinned.version} is pinned, {trial.version} was tried"
    yield f"{heading}: {'changed' if found else 'the same on the wire, and it gets as far'}"
    yield from (f"  {each}" for each in found)


def chosen(arguments: list[str], pinned: list[Pinned]) -> dict[Pinned, str]:
    """Return what to install in place of what; raise ValueError for a package that is not pinned.

    >>> chosen(["peerjs@1.5.4"], [Pinned("peerjs-1.5.5", "peerjs", "1.5.5")])
    {Pinned(module='peerjs-1.5.5', package='peerjs', version='1.5.5'): '1.5.4'}
    """
    if not arguments:
        return dict.fromkeys(pinned, "latest")
    by_package = {each.package: each for each in pinned}
    wanted: dict[Pinned, str] = {}
    for argument in arguments:
        at = argument.find("@", 1)  # the first one may be a scope's
        package, version = (argument, "latest") if at < 0 else (argument[:at], argument[at + 1 :])
        if package not in by_package:
            raise ValueError(f"{package} is none of {', '.join(sorted(by_package))}")
        wanted[by_package[package]] = version
    return wanted


def main(arguments: list[str]) -> int:
    if reason := lab.obstacle():
        print(reason, file=sys.stderr)
        return FAILED
    try:
        wanted = chosen(arguments, newest_pinned(read(), {each.module for each in SCENARIOS}))
    except ValueError as error:
        print(error, file=sys.stderr)
        return FAILED
    with tempfile.TemporaryDirectory(prefix="sigproxy-newest-") as directory:
        try:
            modules = install(Path(directory), wanted)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"the newest releases could not be installed: {error}", file=sys.stderr)
            return FAILED
        return asyncio.run(
            _try([Trial(each, installed(modules, each)) for each in wanted], modules)
        )


async def _try(trials: list[Trial], modules: Path) -> int:
    told: list[str] = []
    has_changed = False
    for trial in trials:
        if trial.version == trial.pinned.version:
            told.append(f"{trial.pinned.package}: {trial.version} is pinned, and the newest")
            continue
        say(f"{trial.pinned.package} {trial.version} ...")
        found = await differences(trial, modules)
        has_changed |= bool(found)
        told += report(trial, found)
    say("\n" + "\n".join(told))
    return CHANGED if has_changed else SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
