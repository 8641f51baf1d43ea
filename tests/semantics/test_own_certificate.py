"""What is said of the gateway's own certificate."""

from datetime import UTC, datetime

from sigproxy.semantics.own_certificate import OwnCertificate

CONTENT = {
    "notAfter": "Jan  5 09:34:43 2028 GMT",
    "subjectAltName": (("DNS", "gateway.example"), ("IP Address", "203.0.113.5")),
}


def test_it_is_as_browsers_show_it() -> None:
    found = OwnCertificate.of(b"abc", CONTENT)
    assert found.not_after == datetime(2028, 1, 5, 9, 34, 43, tzinfo=UTC)
    assert found.shown() == {
        "sha256": "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:"
        "B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD",
        "not_after": "2028-01-05T09:34:43Z",
        "names": ["gateway.example", "203.0.113.5"],
    }


def test_a_certificate_without_names_has_none() -> None:
    assert OwnCertificate.of(b"", {"notAfter": CONTENT["notAfter"]}).names == ()
