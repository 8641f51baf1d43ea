"""The software bill of materials, as CycloneDX: every package of the lock files.

``required`` is what the gateway needs, ``optional`` what an extra of ours adds, and ``excluded``
what only builds and tests it. A package of several locks has the first scope of these.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from release_tools import CannotRelease
from release_tools.locks import Entry

# In the order of what a package is needed for.
SCOPES = {
    "runtime": ComponentScope.REQUIRED,
    "demo": ComponentScope.OPTIONAL,
    "otel": ComponentScope.OPTIONAL,
    "image": ComponentScope.OPTIONAL,  # has the extra redis
    "dev": ComponentScope.EXCLUDED,
    "docs": ComponentScope.EXCLUDED,
    "release": ComponentScope.EXCLUDED,
    "sdk": ComponentScope.EXCLUDED,
}
_OUR_LICENCE = "Apache-2.0"
_NAMESPACE = uuid.UUID("6f8e7b1e-52b4-4f1c-9a3a-9a0d1a6f7c55")  # of serial numbers; made up once


@dataclass(frozen=True, slots=True)
class Release:
    """*wheel* is its SHA-256, *epoch* the commit's time in Unix seconds."""

    version: str
    url: str
    commit: str
    epoch: int
    wheel: str


def document(
    release: Release, locks: Mapping[str, Iterable[Entry]], licences: Mapping[str, str]
) -> str:
    """Return the bill as JSON; *locks* by their names, *licences* by ``name==version``.

    Raises CannotRelease for a lock without a scope, a package without a licence, or a bill that is
    not as its schema says.
    """
    bom = Bom(serial_number=uuid.uuid5(_NAMESPACE, f"{release.commit} {release.wheel}"))
    bom.metadata.timestamp = datetime.fromtimestamp(release.epoch, UTC)
    ours = bom.metadata.component = _ours(release)
    if unknown := sorted(locks.keys() - SCOPES.keys()):
        raise CannotRelease(f"SCOPES in release_tools/sbom.py lacks the locks {', '.join(unknown)}")
    found: dict[str, tuple[Entry, list[str]]] = {}
    for lock in SCOPES:
        for entry in locks[lock]:
            found.setdefault(_key(entry), (entry, []))[1].append(lock)
    missing = sorted(found.keys() - licences.keys())
    if missing:
        raise CannotRelease(
            f"requirements/licences.toml has no licence of {', '.join(missing)}; run make lock"
        )
    components = {key: _component(*each, licences[key]) for key, each in found.items()}
    bom.components.update(components.values())
    for key, component in components.items():
        bom.register_dependency(component)
        for name in found[key][0].via:
            for parent in _named(name, components, ours):
                bom.register_dependency(parent, [component])
    text = JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise CannotRelease(f"the SBOM is not valid CycloneDX: {fault.data}")
    return text


def _key(entry: Entry) -> str:
    return f"{entry.name}=={entry.version}"


def _ours(release: Release) -> Component:
    return Component(
        type=ComponentType.APPLICATION,
        name="sigproxy",
        version=release.version,
        bom_ref="sigproxy",
        licenses=[LicenseFactory().make_from_string(_OUR_LICENCE)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=release.wheel)],
        external_references=[
            ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(release.url))
        ],
        properties=[Property(name="sigproxy:commit", value=release.commit)],
    )


def _component(entry: Entry, locks: list[str], licence: str) -> Component:
    builds_us = not entry.via  # [build-system] alone requires it
    marker = [Property(name="sigproxy:installed-where", value=entry.marker)] * bool(entry.marker)
    return Component(
        type=ComponentType.LIBRARY,
        name=entry.name,
        version=entry.version,
        bom_ref=_key(entry),
        scope=ComponentScope.EXCLUDED if builds_us else SCOPES[locks[0]],
        purl=PackageURL("pypi", name=entry.name, version=entry.version),
        licenses=[LicenseFactory().make_from_string(licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in entry.hashes],
        properties=[*(Property(name="sigproxy:lock", value=each) for each in locks), *marker],
    )


def _named(name: str, components: Mapping[str, Component], ours: Component) -> list[Component]:
    """Return what a lock means by *name* in its "via": packages, or us; nothing for other files."""
    if name == "sigproxy (pyproject.toml)":
        return [ours]
    return [each for each in components.values() if each.name == name]
