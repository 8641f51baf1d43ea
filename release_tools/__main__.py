"""Make a release of the commit that is checked out: ``make release``."""

import hashlib
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

import click

from release_tools import CannotRelease, notes, packages, sbom, source
from release_tools.locks import entries
from release_tools.packages import Place

ROOT = Path(__file__).parent.parent
SUMS = "SHA256SUMS"


@click.command()
@click.option("--repository", metavar="URL", help='Where the sources are; default: "origin".')
@click.option("--into", type=click.Path(path_type=Path), default=ROOT / "dist", show_default=True)
def main(repository: str | None, into: Path) -> None:
    """Build the commit twice, compare the bytes, and write the files of a release INTO a folder."""
    try:
        _release(source.repository(ROOT, repository or None), into)
    except CannotRelease as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)


def _release(url: str, into: Path) -> None:
    commit = source.head(ROOT)
    click.echo(f"commit {commit.id}")
    if commit.changed:
        click.echo(f"note: not in it: changes in {', '.join(commit.changed)}", err=True)
    with tempfile.TemporaryDirectory(prefix="sigproxy-release-") as name:
        first = Path(name, "first")
        built = _built(commit, url, Place(first))
        version = source.version(first)
        section = notes.section((first / "CHANGELOG.md").read_text("utf-8"), version)
        if section.date is None:
            click.echo(f"note: CHANGELOG.md calls {version} unreleased; date it first", err=True)
        again = _built(commit, url, Place(Path(name, "another", "second"), "Asia/Kolkata", "1"))
        if (fault := packages.difference(built, again)) is not None:
            raise CannotRelease(f"{fault}: something depends on the folder or on the time")
        click.echo("the same bytes twice")
        [wheel] = (_sha256(packed) for file, packed in built.items() if file.endswith(".whl"))
        bill = _bill(sbom.Release(version, url, commit.id, commit.epoch, wheel), first)
    files = {**built, f"sigproxy-{version}.cdx.json": bill.encode()}
    page = notes.page(section, commit.id, sorted(files))
    _write(into, {**files, f"sigproxy-{version}-notes.md": page.encode()})


def _built(commit: source.Commit, url: str, place: Place) -> dict[str, bytes]:
    began_s = monotonic()
    place.folder.mkdir(parents=True)
    source.export(ROOT, commit, place.folder)
    pyproject = place.folder / "pyproject.toml"
    pyproject.write_text(source.with_urls(pyproject.read_text("utf-8"), url), "utf-8")
    built = packages.built(place, commit.epoch)
    click.echo(f"built {' and '.join(sorted(built))} in {monotonic() - began_s:.1f} s")
    return built


def _bill(release: sbom.Release, folder: Path) -> str:
    requirements = folder / "requirements"
    locks = {
        file.stem: entries(file.read_text("utf-8")) for file in sorted(requirements.glob("*.lock"))
    }
    listed = tomllib.loads((requirements / "licences.toml").read_text("utf-8"))
    return sbom.document(release, locks, listed)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(into: Path, files: Mapping[str, bytes]) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (into / name).write_bytes(data)
    sums = "".join(f"{_sha256(files[name])}  {name}\n" for name in sorted(files))
    (into / SUMS).write_text(sums, "utf-8")
    click.echo(f"{into}:\n{sums}", nl=False)


if __name__ == "__main__":
    main()
