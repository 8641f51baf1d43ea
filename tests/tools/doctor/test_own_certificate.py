"""The gateway's own certificate, as clients see it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from sigproxy.tools.doctor import own_certificate
from sigproxy.tools.doctor.finding import Finding
from sigproxy.tools.doctor.own_certificate import CertificateSeen, judge, look
from tests.lab.pki import Pki

NOW = datetime(2026, 11, 30, tzinfo=UTC)
LEAF = {
    "subject": ((("commonName", "gateway.example"),),),
    "issuer": ((("commonName", "Issuing CA"),), (("organizationName", "Example"),)),
    "subjectAltName": (("DNS", "gateway.example"),),
    "notBefore": "Nov  1 00:00:00 2026 GMT",
    "notAfter": "Jan 30 00:00:00 2027 GMT",
}
UNKNOWN_ISSUER, SELF_SIGNED = 20, 18


def judged(seen: CertificateSeen, now: datetime = NOW) -> list[tuple[str, str]]:
    return [(each.level, each.token) for each in judge(seen, now)]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (CertificateSeen(LEAF), [("ok", "ok")]),
        (CertificateSeen(LEAF, why="no such file"), [("fail", "certificate_unusable")]),
        (CertificateSeen(LEAF, SELF_SIGNED, 1), [("warn", "certificate_untrusted")]),
        (CertificateSeen(LEAF, UNKNOWN_ISSUER, 2), [("warn", "certificate_untrusted")]),
        (CertificateSeen(LEAF, UNKNOWN_ISSUER, 1), [("warn", "certificate_untrusted")]),
        (
            CertificateSeen({**LEAF, "caIssuers": ("http://ca.example/x",)}, UNKNOWN_ISSUER, 1),
            [("fail", "certificate_chain_incomplete")],
        ),
        (
            CertificateSeen(LEAF, misses=("turn.example",)),
            [("fail", "certificate_other_name")],
        ),
    ],
)
def test_what_is_wrong_with_it(seen: CertificateSeen, expected: list[tuple[str, str]]) -> None:
    assert judged(seen) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-61, ("ok", "ok")),
        (-15, ("ok", "ok")),
        (-13, ("warn", "certificate_ends_soon")),
        (1, ("fail", "certificate_expired")),
        (-91, ("fail", "certificate_not_yet_valid")),
    ],
)
def test_when_it_ends(days: int, expected: tuple[str, str]) -> None:
    ends = datetime(2027, 1, 30, tzinfo=UTC)
    assert judged(CertificateSeen(LEAF), ends + timedelta(days=days)) == [expected]


def test_all_is_said_of_one_that_is_well() -> None:
    [found] = judge(CertificateSeen(LEAF), NOW)
    assert str(found) == (
        'ok   certificate: for gateway.example, issued by "O=Example, CN=Issuing CA", 61 days left'
    )


def found(path: Path, *names: str) -> list[Finding]:
    return list(judge(look(path, None, names), datetime.now(UTC)))


def test_a_certificate_that_this_machine_trusts(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pki.write("gateway.example", "turn.example", "192.0.2.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(pki.ca_file))
    assert [each.token for each in found(path, "gateway.example", "turn.example")] == ["ok"]
    assert [each.token for each in found(path, "192.0.2.1")] == ["ok"]
    [wrong] = found(path, "gateway.example", "other.example")
    assert wrong.token == "certificate_other_name"
    assert "not for other.example" in wrong.what


def test_a_certificate_of_an_authority_of_ones_own(pki: Pki) -> None:
    assert [each.token for each in found(pki.write("own.example"))] == ["certificate_untrusted"]


def test_one_that_has_expired_and_one_that_does_not_load(tmp_path: Path) -> None:
    authority = trustme.CA()
    past = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    leaf = authority.issue_cert("gateway.example", not_before=past[0], not_after=past[1])
    path = tmp_path / "old.pem"
    path.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
    assert "certificate_expired" in [each.token for each in found(path, "gateway.example")]
    path.write_bytes(leaf.cert_chain_pems[0].bytes())
    assert [each.token for each in found(path)] == ["certificate_unusable"]
    assert own_certificate.look(tmp_path / "none.pem", None, ()).why
