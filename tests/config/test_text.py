"""Files as Windows saves them: byte order marks, UTF-16, CR and LF; and what is no file at all."""

import codecs
import os
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from sigproxy.config import ConfigError, load, preflight
from sigproxy.gateway.downstream.tls import server_context
from sigproxy.gateway.upstream.tls import client_context
from sigproxy.pem import without_marks

MARK = codecs.BOM_UTF8
SETTINGS = '[server]\nworkers = 3\n[[route]]\ntargets = ["api.example.com"]\n'
KEY = "2d711642b726b04401627ca9fbac32f5"


def refused(file: Path) -> str:
    with pytest.raises(ConfigError) as error:
        load(file, {})
    [problem] = error.value.problems
    return str(problem).removeprefix(f"{file}: ")


@pytest.mark.parametrize(
    "content",
    [
        MARK + SETTINGS.encode(),
        MARK + SETTINGS.replace("\n", "\r\n").encode(),
        SETTINGS.replace("\n", "\r\n").encode(),
    ],
    ids=["mark", "mark and CRLF", "CRLF"],
)
def test_a_configuration_from_windows(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert load(file, {}).server.workers == 3


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16 (without a byte order mark)"),
        ("utf-16-le", "UTF-16 (without a byte order mark)"),
        ("utf-32", "UTF-32"),
    ],
)
def test_another_encoding_is_named(file: Path, encoding: str, name: str) -> None:
    file.write_bytes(SETTINGS.encode(encoding))
    assert refused(file) == (
        f"file: is {name} and not UTF-8; save it as UTF-8 (PowerShell: Out-File -Encoding utf8)"
    )


def test_lines_that_end_in_cr_alone(file: Path) -> None:
    file.write_text(SETTINGS.replace("\n", "\r"), newline="")
    assert refused(file) == (
        "file: has lines that end in CR alone; save it with LF or CRLF at line ends"
    )


def test_deep_nesting(file: Path) -> None:
    file.write_text(f"x = {'[' * 5000}{']' * 5000}\n")
    assert refused(file) == "file: is nested too deeply; remove the inner brackets"


@pytest.mark.parametrize("name", ["SERVER__CERTIFICATE", "UPSTREAM__CA_FILE", "keys_file"])
@pytest.mark.parametrize("special", ["/dev/zero", "fifo"])
def test_what_never_ends_is_not_read(file: Path, name: str, special: str) -> None:
    path = special
    if special == "fifo":
        path = str(file.with_name("fifo"))
        os.mkfifo(path)
    if name == "keys_file":
        file.write_text(f'[[route]]\nkeys_file = "{path}"')
        assert f"{path} is not a regular file; " in refused(file)
        return
    [problem] = preflight(load(None, {f"SIGPROXY_{name}": path}), bind=False)
    assert f"{path} is not a regular file; name the certificate's PEM file" in str(problem)


def test_a_configuration_without_an_end(file: Path) -> None:
    file.symlink_to("/dev/zero")
    assert refused(file) == "file: has more than 16 MiB; name another file"


def test_a_configuration_from_a_pipe(file: Path) -> None:
    """What shells make of ``--config <(command)``."""
    os.mkfifo(file)
    writer = threading.Thread(target=lambda: file.write_text(SETTINGS))
    writer.start()
    assert load(file, {}).server.workers == 3
    writer.join()


@pytest.mark.parametrize(
    "content",
    [
        MARK + f"{KEY}\r\n".encode(),
        f"# since May\r\n\r\n{KEY}\r\n".encode(),
        MARK + b"# from one file\r\n" + MARK + f"{KEY}\r\n".encode(),
    ],
)
def test_keys_from_windows(file: Path, content: bytes) -> None:
    keys = file.with_name("keys")
    keys.write_bytes(content)
    file.write_text(f'[[route]]\nkeys_file = "{keys}"')
    assert load(file, {}).route[0].keys == (KEY,)


def test_keys_in_utf16(file: Path) -> None:
    keys = file.with_name("keys")
    keys.write_text(KEY, encoding="utf-16")
    file.write_text(f'[[route]]\nkeys_file = "{keys}"')
    assert f"keys_file: {keys} is UTF-16 and not UTF-8; save it as UTF-8" in refused(file)


# PEM files


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
