"""The SBOM: each package of the lock files, with version, hashes and licence."""

import hashlib
import json
from email.message import Message
from typing import Any

import pytest

from release_tools.locks import Entry, entries
from tests.release.made import ROOT, URL, Made

pytest.importorskip("cyclonedx", reason="make test-release installs what a release needs")

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from release_tools import CannotRelease, licences, sbom

pytestmark = pytest.mark.release

LOCKS = {
    file.stem: entries(file.read_text()) for file in sorted((ROOT / "requirements").glob("*.lock"))
}
RELEASE = sbom.Release("1.0", URL, "c0ffee", 1_700_000_000, "f" * 64)
ATTRS = Entry("attrs", "26.1.0", "", ("a" * 64,), ("sigproxy (pyproject.toml)",))
ONE = {**dict.fromkeys(sbom.SCOPES, ()), "runtime": (ATTRS,)}


@pytest.fixture
def bill(made: Made) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.file(".cdx.json").read_text())
    return found


def licence(component: dict[str, Any]) -> str:
    [found] = component["licenses"]
    return str(found.get("expression") or found["license"]["id"])


def test_it_is_valid(made: Made) -> None:
    text = made.file(".cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    broken = text.replace('"bomFormat"', '"format"')
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


@pytest.mark.parametrize("lock", LOCKS)
def test_each_package_of_each_lock_is_in_it(bill: dict[str, Any], lock: str) -> None:
    components = {each["bom-ref"]: each for each in bill["components"]}
    assert LOCKS[lock]
    for entry in LOCKS[lock]:
        component = components[f"{entry.name}=={entry.version}"]
        assert component["purl"] == f"pkg:pypi/{entry.name}@{entry.version}"
        hashes = {each["content"] for each in component["hashes"] if each["alg"] == "SHA-256"}
        assert hashes == {*entry.hashes}
        assert licence(component)
        assert {"name": "sigproxy:lock", "value": lock} in component["properties"]


def test_nothing_else_is_in_it(bill: dict[str, Any]) -> None:
    named = {f"{each.name}=={each.version}" for lock in LOCKS.values() for each in lock}
    assert {each["bom-ref"] for each in bill["components"]} == named


def test_a_scope_says_what_is_installed_with_us(bill: dict[str, Any]) -> None:
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    assert scopes["aiohttp"] == "required"
    assert scopes["trustme"] == scopes["opentelemetry-sdk"] == "optional"
    assert scopes["pytest"] == scopes["mkdocs"] == scopes["setuptools"] == "excluded"


def test_it_is_of_this_wheel(made: Made, bill: dict[str, Any]) -> None:
    ours = bill["metadata"]["component"]
    assert ours["hashes"] == [
        {"alg": "SHA-256", "content": hashlib.sha256(made.wheel.read_bytes()).hexdigest()}
    ]
    assert f"commit {ours['properties'][0]['value']}\n" in made.said
    assert ours["externalReferences"] == [{"type": "vcs", "url": URL}]
    requires = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert "aiohttp==" in " ".join(requires["sigproxy"])
    [aiohttp] = [each for each in requires if each.startswith("aiohttp==")]
    assert any(each.startswith("yarl==") for each in requires[aiohttp])


def test_a_package_without_a_licence_stops_the_release() -> None:
    with pytest.raises(CannotRelease, match=r"no licence of attrs==26\.1\.0; run make lock"):
        sbom.document(RELEASE, ONE, {})
    assert '"attrs"' in sbom.document(RELEASE, ONE, {"attrs==26.1.0": "MIT"})


def test_a_lock_that_nobody_has_given_a_scope_stops_the_release() -> None:
    with pytest.raises(CannotRelease, match=r"lacks the locks newest"):
        sbom.document(RELEASE, {**ONE, "newest": ()}, {"attrs==26.1.0": "MIT"})


def test_the_same_locks_give_the_same_bytes() -> None:
    listed = {"attrs==26.1.0": "MIT"}
    assert sbom.document(RELEASE, ONE, listed) == sbom.document(RELEASE, ONE, listed)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((("License-Expression", "Apache-2.0 OR MIT"),), "Apache-2.0 OR MIT"),
        ((("License", "MIT"),), "MIT"),
        ((("License", "Apache 2.0"),), "Apache-2.0"),
        ((("Classifier", "License :: OSI Approved :: MIT License"),), "MIT"),
        ((("License", "Permission is hereby granted,\nfree of charge"),), None),
        ((("Classifier", "License :: OSI Approved :: BSD License"),), None),
        (
            (
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: Apache Software License"),
            ),
            None,
        ),
        ((), None),
    ],
)
def test_a_licence_is_read_where_it_leaves_no_doubt(
    fields: tuple[tuple[str, str], ...], expected: str | None
) -> None:
    metadata = Message()
    metadata["Name"] = "a-package"
    for name, value in fields:
        metadata[name] = value
    assert licences.licence_of(metadata) == expected
