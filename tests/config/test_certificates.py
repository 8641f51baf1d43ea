"""The files that TLS needs: each fault is found before the start."""

import datetime
import hashlib
import re
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from sigproxy.config.certificates import served
from tests.config.test_preflight import found


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def pem(tmp_path: Path, authority: trustme.CA) -> Path:
    """A folder with a pair, another's key, a combined file and the authority."""
    mine, other = authority.issue_cert("gw.example"), authority.issue_cert("other.example")
    mine.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    mine.private_key_pem.write_to_path(tmp_path / "key.pem")
    mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path


def test_nothing_to_find(pem: Path) -> None:
    both, chain = pem / "both.pem", pem / "cert.pem"
    assert found(pem, server__certificate=both, upstream__ca_file=pem / "ca.pem") == []
    assert found(pem, server__certificate=chain, server__private_key=pem / "key.pem") == []


CERT, KEY, CA = (
    f"SIGPROXY_{name}"
    for name in ("SERVER__CERTIFICATE", "SERVER__PRIVATE_KEY", "UPSTREAM__CA_FILE")
)


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        ("cert.pem", "no.pem", f"{KEY}: no.pem cannot be read: No such file or directory; name "
         "the private key's PEM file and let the user who runs sigproxy read it"),
        ("cert.pem", "other.pem", f"{KEY}: the key in other.pem does not belong to cert.pem; "
         "name the pair; in a chain the server's own certificate comes first"),
        ("cert.pem", "cert.pem", f"{KEY}: cert.pem holds no private key; "
         "name the PEM file with the private key"),
        ("cert.pem", None, f"{CERT}: cert.pem holds no private key; "
         "name the PEM file with the private key"),
        ("key.pem", "key.pem", f"{CERT}: key.pem holds no certificate; "
         "name the PEM file with the certificate"),
        ("cut.pem", "key.pem", f"{CERT}: cut.pem does not load: .*; "
         "replace it with an intact PEM file"),
        ("cert.pem", "locked.pem", f"{KEY}: the private key in locked.pem is encrypted; "
         "decrypt it: openssl pkey -in locked.pem -out plain.pem"),
    ],
)  # fmt: skip
def test_certificate(pem: Path, certificate: str, key: str | None, message: str) -> None:
    whole = (pem / "cert.pem").read_text()
    (pem / "cut.pem").write_text(whole[: len(whole) // 2] + "\n-----END CERTIFICATE-----\n")
    (pem / "locked.pem").write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    variables: dict[str, Any] = {"server__certificate": pem / certificate}
    if key:
        variables["server__private_key"] = pem / key
    [problem] = found(pem, **variables)
    assert re.fullmatch(re.escape(message).replace(r"\.\*", ".*"), problem), problem


def test_both_files_are_reported(pem: Path) -> None:
    problems = found(pem, server__certificate=pem / "a", server__private_key=pem / "b")
    assert [problem.partition(":")[0] for problem in problems] == [CERT, KEY]


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (-9, -1, "both.pem has expired; renew it"),
        (1, 9, "both.pem is not valid yet; "
         "check this machine's clock and the certificate's first day"),
    ],
)  # fmt: skip
def test_dates(pem: Path, authority: trustme.CA, first: int, last: int, message: str) -> None:
    now = datetime.datetime.now(datetime.UTC)
    issued = authority.issue_cert(
        "gw.example",
        not_before=now + datetime.timedelta(days=first),
        not_after=now + datetime.timedelta(days=last),
    )
    issued.private_key_and_cert_chain_pem.write_to_path(pem / "both.pem")
    assert found(pem, server__certificate=pem / "both.pem") == [f"{CERT}: {message}"]


@pytest.mark.parametrize("last", [9, -1])
def test_what_there_is_to_say_of_a_certificate_also_when_it_has_expired(
    pem: Path, authority: trustme.CA, last: int
) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    issued = authority.issue_cert(
        "gw.example",
        not_before=now - datetime.timedelta(days=20),
        not_after=now + datetime.timedelta(days=last),
    )
    issued.private_key_and_cert_chain_pem.write_to_path(pem / "both.pem")
    leaf = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())

    seen = served(pem / "both.pem", None)

    assert seen is not None
    assert seen.not_after == now + datetime.timedelta(days=last)
    assert seen.names == ("gw.example",)
    assert seen.sha256 == hashlib.sha256(leaf).digest().hex(":").upper()


def test_ca_file(pem: Path) -> None:
    (pem / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    [missing] = found(pem, upstream__ca_file=pem / "no.pem")
    assert missing.startswith(f"{CA}: no.pem cannot be read: No such file")
    [damaged] = found(pem, upstream__ca_file=pem / "bad.pem")
    assert damaged.startswith(f"{CA}: bad.pem does not load: ")
    assert damaged.endswith("; replace it with an intact PEM file")
