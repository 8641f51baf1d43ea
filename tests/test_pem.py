"""PEM files as Windows saves them: with byte order marks, in UTF-16, or binary."""

import ssl
from pathlib import Path

import pytest
import trustme

from sigproxy.config import load, preflight
from sigproxy.gateway.downstream.tls import server_context
from sigproxy.gateway.upstream.tls import client_context
from sigproxy.pem import without_marks
from tests.config.test_text import MARK


@pytest.fixture(scope="module")
def root() -> trustme.CA:
    return trustme.CA()


def windows(*pems: trustme.Blob) -> bytes:
    """Return *pems* as copied together from files that Notepad saved."""
    return b"".join(MARK + pem.bytes().replace(b"\n", b"\r\n") for pem in pems)


def test_a_chain_and_a_key_with_marks_are_served_whole(tmp_path: Path, root: trustme.CA) -> None:
    leaf = root.create_child_ca().issue_cert("gw.example")
    assert len(leaf.cert_chain_pems) == 2
    chain, key, authority = (tmp_path / name for name in ("c.pem", "k.pem", "ca.pem"))
    chain.write_bytes(windows(*leaf.cert_chain_pems))
    key.write_bytes(windows(leaf.private_key_pem))
    authority.write_bytes(windows(root.cert_pem))
    environ = {
        "SIGPROXY_SERVER__CERTIFICATE": str(chain),
        "SIGPROXY_SERVER__PRIVATE_KEY": str(key),
        "SIGPROXY_UPSTREAM__CA_FILE": str(authority),
    }
    assert preflight(load(None, environ), bind=False) == ()

    # The client has only the root: without the second certificate it could not verify the first.
    client = client_context(authority, None)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(down, up, server_hostname="gw.example")
    far = server_context(chain, key).wrap_bio(up, down, server_side=True)
    for _ in range(3):
        for side in (near, far):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert near.getpeercert()


def test_one_file_with_both(tmp_path: Path, root: trustme.CA) -> None:
    leaf = root.issue_cert("gw.example")
    both = tmp_path / "both.pem"
    both.write_bytes(windows(leaf.cert_chain_pems[0], leaf.private_key_pem))
    assert preflight(load(None, {"SIGPROXY_SERVER__CERTIFICATE": str(both)}), bind=False) == ()
    server_context(both, None)


def test_a_file_without_marks_is_not_copied(tmp_path: Path, root: trustme.CA) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(root.cert_pem.bytes())
    with without_marks(path) as same:
        assert same == path


@pytest.mark.parametrize(
    ("form", "what"),
    [
        ("utf-16", "ca.pem is UTF-16 and not UTF-8; save the certificate as plain ASCII"),
        ("utf-16-le", "ca.pem is UTF-16 (without a byte order mark) and not UTF-8; save"),
        ("DER", "ca.pem is in binary form (DER); convert the certificate to PEM"),
    ],
)
def test_a_certificate_in_another_form(
    tmp_path: Path, root: trustme.CA, form: str, what: str
) -> None:
    path, pem = tmp_path / "ca.pem", root.cert_pem.bytes().decode()
    path.write_bytes(ssl.PEM_cert_to_DER_cert(pem) if form == "DER" else pem.encode(form))
    [problem] = preflight(load(None, {"SIGPROXY_UPSTREAM__CA_FILE": str(path)}), bind=False)
    assert what in str(problem)
