"""Check that TLS's files exist, load, belong together and have not expired."""

import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sigproxy.config.masking import shown_path
from sigproxy.config.problem import Invalid, Loc
from sigproxy.config.text import check_encoding, read_whole
from sigproxy.pem import load_pair, without_marks
from sigproxy.semantics.own_certificate import OwnCertificate

CERTIFICATE: Loc = ("server", "certificate")
PRIVATE_KEY: Loc = ("server", "private_key")
CA_FILE: Loc = ("upstream", "ca_file")

Fault = tuple[Loc, Invalid]

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----")
_KEY = re.compile(rb"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----")
_DER = b"\x30\x82"  # a SEQUENCE with a length of two bytes (X.690, 8.1)
_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED", re.M)
_NO_CHECK_TIME = 0x20_0000  # X509_V_FLAG_NO_CHECK_TIME, for which the ssl module has no name
OTHER_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH
_OUT_OF_DATE = {  # X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED
    9: ("is not valid yet", "check this machine's clock and the certificate's first day"),
    10: ("has expired", "renew it"),
}


def ca_faults(ca_file: Path) -> Iterator[Fault]:
    """Yield why *ca_file* cannot be used to verify upstreams."""
    try:
        _require(_CERTIFICATE, ca_file, "certificate")
        with without_marks(ca_file) as file:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except Invalid as fault:
        yield CA_FILE, fault
    except ssl.SSLError as error:
        yield CA_FILE, _damaged(ca_file, error)


def server_faults(certificate: Path, private_key: Path | None) -> Iterator[Fault]:
    """Yield why *certificate* and its key cannot be used to serve clients."""
    faults = list(_file_faults(certificate, private_key))
    yield from faults or _pair_faults(certificate, private_key)


def _file_faults(certificate: Path, private_key: Path | None) -> Iterator[Fault]:
    try:
        _require(_CERTIFICATE, certificate, "certificate")
        if private_key is None:
            _require_key(certificate)
    except Invalid as fault:
        yield CERTIFICATE, fault
    try:
        if private_key is not None:
            _require_key(private_key)
    except Invalid as fault:
        yield PRIVATE_KEY, fault


def _require_key(path: Path) -> None:
    pem = _require(_KEY, path, "private key")
    if _ENCRYPTED.search(pem):
        # OpenSSL would ask for the passphrase on a terminal that a service does not have.
        raise Invalid(
            f"the private key in {path} is encrypted",
            f"decrypt it: openssl pkey -in {path} -out plain.pem",
        )


def _require(marker: re.Pattern[bytes], path: Path, name: str) -> bytes:
    shown = shown_path(path)
    try:
        pem = read_whole(path)
    except OSError as error:
        raise Invalid(
            f"{shown} cannot be read: {error.strerror}",
            f"name the {name}'s PEM file and let the user who runs sigproxy read it",
        ) from None
    except Invalid as invalid:
        raise Invalid(f"{shown} {invalid.what}", f"name the {name}'s PEM file") from None
    if not marker.search(pem):
        raise _not_pem(shown, name, pem)
    return pem


def _not_pem(shown: str, name: str, content: bytes) -> Invalid:
    try:
        check_encoding(content)
    except Invalid as invalid:
        return Invalid(f"{shown} {invalid.what}", f"save the {name} as plain ASCII, which PEM is")
    if content.startswith(_DER):
        return Invalid(
            f"{shown} is in binary form (DER)",
            f"convert the {name} to PEM, with openssl -inform DER",
        )
    return Invalid(f"{shown} holds no {name}", f"name the PEM file with the {name}")


def _pair_faults(certificate: Path, private_key: Path | None) -> Iterator[Fault]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        load_pair(context, certificate, private_key)
        _handshake(context, certificate)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in _OUT_OF_DATE:
            what, remedy = _OUT_OF_DATE[error.verify_code]
            yield CERTIFICATE, Invalid(f"{certificate} {what}", remedy)
    except ssl.SSLError as error:
        yield _refused(certificate, private_key, error)


def _refused(certificate: Path, private_key: Path | None, error: ssl.SSLError) -> Fault:
    if error.reason == "KEY_VALUES_MISMATCH":
        return PRIVATE_KEY if private_key else CERTIFICATE, Invalid(
            f"the key in {private_key or certificate} does not belong to {certificate}",
            "name the pair; in a chain the server's own certificate comes first",
        )
    return CERTIFICATE, _damaged(certificate, error)


def _damaged(path: Path, error: ssl.SSLError) -> Invalid:
    reason = (error.reason or str(error)).replace("_", " ").lower()
    return Invalid(f"{path} does not load: {reason}", "replace it with an intact PEM file")


def valid_until(certificate: Path, private_key: Path | None) -> datetime | None:
    """Return when *certificate* expires; None if it is not valid now.

    Raise OSError or ssl.SSLError if the pair does not load.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(context, certificate, private_key)
    try:
        last = _handshake(context, certificate).content["notAfter"]
    except ssl.SSLError:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(last), UTC)


def served(certificate: Path, private_key: Path | None) -> OwnCertificate | None:
    """Return what there is to say of *certificate*, also of one that has expired.

    None if no client would take it for another reason. Raise OSError or ssl.SSLError if the pair
    does not load.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(context, certificate, private_key)
    try:
        found = _handshake(context, certificate, checks_time=False)
    except ssl.SSLError:
        return None
    return OwnCertificate.of(found.der, found.content)


def signs_itself(certificate: Path, private_key: Path | None) -> bool:
    """Return whether *certificate* is its own issuer's, which no client trusts by itself.

    Raise OSError or ssl.SSLError if the pair does not load.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(context, certificate, private_key)
    try:
        content = _handshake(context, certificate).content
    except ssl.SSLError:
        return False
    return content.get("issuer") == content.get("subject")


def names_missing(
    certificate: Path, private_key: Path | None, hosts: Iterable[str]
) -> tuple[str, ...]:
    """Return those of *hosts*, names or addresses, that *certificate* is not for, each once.

    Raise OSError or ssl.SSLError if the pair does not load.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(context, certificate, private_key)
    return tuple(each for each in dict.fromkeys(hosts) if not _is_for(each, context, certificate))


def _is_for(host: str, server: ssl.SSLContext, certificate: Path) -> bool:
    try:
        _handshake(server, certificate, host)
    except ssl.SSLCertVerificationError as error:
        return error.verify_code not in OTHER_NAME
    return True


class _Seen(NamedTuple):
    """A certificate, as a client gets it and as it is parsed for it."""

    der: bytes
    content: dict[str, Any]


def _handshake(
    server: ssl.SSLContext,
    certificate: Path,
    host: str | None = None,
    *,
    checks_time: bool = True,
) -> _Seen:
    """Do a handshake in memory with a client that trusts only *certificate*; return what it sees.

    Python's ssl module parses a certificate, with its dates, only for a client. With a *host* the
    client also verifies, as clients do, that it is one of the certificate's names.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = host is not None
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not checks_time:
        client.verify_flags |= _NO_CHECK_TIME
    with without_marks(certificate) as file:
        client.load_verify_locations(file)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(down, up, server_hostname=host)
    far = server.wrap_bio(up, down, server_side=True)
    for _ in range(3):  # TLS 1.3 needs two rounds, TLS 1.2 three
        for side in (near, far):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return _Seen(near.getpeercert(binary_form=True) or b"", near.getpeercert() or {})
