"""What is said of a certificate that was not accepted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.peer_certificate import distinguished_name, fault

HOST = "up.example.com"


def name(**parts: str) -> tuple[tuple[tuple[str, str]], ...]:
    return tuple(((key, value),) for key, value in parts.items())


def certificate(
    subject: str, issuer: str, last: str = "Jan  1 00:00:00 2030 GMT"
) -> dict[str, Any]:
    return {
        "subject": name(organizationName="Example", commonName=subject),
        "issuer": name(organizationName="Example", commonName=issuer),
        "notBefore": "Jan  1 00:00:00 2020 GMT",
        "notAfter": last,
        "subjectAltName": tuple(("DNS", f"{number}.example.org") for number in range(5)),
    }


CHAIN = [certificate(HOST, "Issuing CA 1"), certificate("Issuing CA 1", "Root")]


@pytest.mark.parametrize("code", [2, 20, 21])
def test_the_issuer_that_was_not_found_is_named(code: int) -> None:
    said = fault(code, "unable to get issuer certificate", HOST, CHAIN)
    assert said == (
        'unable to get issuer certificate: the issuer "CN=Root, O=Example" is not trusted here; '
        "if it should be (a firewall that inspects TLS has one of its own), the gateway's operator "
        "can add its certificate to `upstream.ca_file`"
    )


@pytest.mark.parametrize("code", [18, 19])
def test_a_self_signed_certificate_is_named(code: int) -> None:
    said = fault(code, "self-signed certificate", HOST, [certificate("Box", "Box")])
    assert '"CN=Box, O=Example" is not trusted' in said
    assert "`upstream.ca_file`" in said


@pytest.mark.parametrize("code", [2, 18, 19, 20, 21])
def test_without_a_chain_the_remedy_is_told_all_the_same(code: int) -> None:
    said = fault(code, "unable to get local issuer certificate", HOST, [])
    assert "its issuer is not trusted here" in said
    assert "`upstream.ca_file`" in said


def test_the_certificate_that_has_ended_is_named_with_its_day() -> None:
    ended = certificate("Issuing CA 1", "Root", "Jun  5 12:00:00 2021 GMT")
    said = fault(10, "certificate has expired", HOST, [CHAIN[0], ended])
    assert said.startswith(
        'certificate has expired: "CN=Issuing CA 1, O=Example" expired on Jun  5 12:00:00 2021 GMT'
    )
    assert "clock" in said


def test_one_that_is_not_valid_yet_is_named_with_its_day() -> None:
    said = fault(9, "certificate is not yet valid", HOST, CHAIN)
    assert "is valid from Jan  1 00:00:00 2020 GMT" in said


def test_the_names_that_it_is_for_are_listed() -> None:
    said = fault(62, "Hostname mismatch, certificate is not valid for 'x'.", HOST, CHAIN)
    assert "it is for 0.example.org, 1.example.org, 2.example.org and 2 more" in said
    assert f"lead to the server of {HOST}" in said


@given(st.integers(-1, 100), st.text())
def test_without_a_chain_the_library_is_quoted(code: int, message: str) -> None:
    assert fault(code, message, HOST, []).startswith(message.rstrip("."))


@given(st.text(), st.text())
def test_what_the_peer_wrote_is_short_and_printable(common: str, organization: str) -> None:
    shown = distinguished_name(name(organizationName=organization, commonName=common))
    assert shown.isprintable()
    assert len(shown) <= 102
