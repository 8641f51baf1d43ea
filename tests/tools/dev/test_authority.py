"""The authority of `sigproxy dev`: what it signs is believed on this machine, and nowhere else."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sigproxy.tools.dev import authority as authorities
from sigproxy.tools.dev.authority import Authority

NOW = datetime.now(UTC)
NAMES = ("localhost", "127.0.0.1", "::1", "*.gateway.localhost")
ASKED = ("localhost", "127.0.0.1", "::1", "api.gateway.localhost")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return authorities.make(NOW)


def shaken(authority: Authority, directory: Path, name: str, *certified: str) -> str:
    """Return the protocol of a handshake with *name*; raise SSLCertVerificationError."""
    file = directory / "leaf.pem"
    file.write_bytes(authorities.leaf(authority, certified, NOW))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    trusting = ssl.create_default_context(cadata=authority.pem.decode())
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(back, there, server_hostname=name)
    server = served.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.version() or ""


@pytest.mark.parametrize("name", ASKED)
def test_its_leaf_is_believed_for_each(authority: Authority, tmp_path: Path, name: str) -> None:
    assert shaken(authority, tmp_path, name, *NAMES) == "TLSv1.3"


@pytest.mark.parametrize("name", ["gateway.example", "localhost.example", "192.0.2.1"])
def test_what_it_signs_for_others_is_not_believed(
    authority: Authority, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shaken(authority, tmp_path, name, "localhost", name)


def test_a_leaf_is_renewed_a_month_before_its_end(authority: Authority) -> None:
    pem = authorities.leaf(authority, NAMES, NOW)

    def is_current(later: timedelta) -> bool:
        return authorities.is_current(pem, authority, NAMES, NOW + later)

    assert is_current(timedelta(days=59))
    assert not is_current(timedelta(days=61))


def test_a_leaf_is_renewed_for_a_new_name_and_for_a_new_authority(authority: Authority) -> None:
    pem = authorities.leaf(authority, NAMES, NOW)

    assert authorities.is_current(pem, authority, ("localhost",), NOW)
    assert not authorities.is_current(pem, authority, (*NAMES, "lbs.localhost"), NOW)
    assert not authorities.is_current(pem, authorities.make(NOW), NAMES, NOW)
    assert not authorities.is_current(b"nothing", authority, NAMES, NOW)


def test_an_authority_is_used_as_long_as_it_outlives_its_leaves(authority: Authority) -> None:
    left = authority.certificate.not_valid_after_utc - authorities.LEAF_VALID

    assert authorities.is_usable(authority, left - timedelta(minutes=1))
    assert not authorities.is_usable(authority, left + timedelta(minutes=1))


def test_what_was_written_is_read_again(authority: Authority) -> None:
    assert authorities.parse(authority.secret_pem).pem == authority.pem
    assert b"PRIVATE KEY" not in authority.pem
    of_another = authorities.make(NOW).secret_pem.partition(b"-----BEGIN PRIVATE")
    with pytest.raises(ValueError, match="its key is not that of its certificate"):
        authorities.parse(authority.pem + b"".join(of_another[1:]))
