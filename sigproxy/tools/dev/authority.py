"""The authority of this machine: made once, and for names of this machine alone.

Whoever had its key could show a browser that trusts it any certificate. So it is constrained
(RFC 5280, 4.2.1.10): what it signs is valid for localhost, names below it and loopback addresses,
and for nothing else. Its key is readable for its user alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "sigproxy dev, this machine only"
VALID = timedelta(days=3650)  # who trusts it should not have to do so again
LEAF_VALID = timedelta(days=90)
# Renewed that long before its end; Apple's systems refuse leaves of more than 825 days.
LEAF_LEFT = timedelta(days=30)
_LEFT = LEAF_VALID  # a leaf must not outlive its authority
_CLOCKS = timedelta(hours=1)  # a virtual machine's may be behind
_HERE = (
    x509.DNSName("localhost"),
    x509.IPAddress(IPv4Network("127.0.0.0/8")),
    x509.IPAddress(IPv6Network("::1/128")),
)


@dataclass(frozen=True, slots=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """Its certificate alone: what browsers and systems are told to trust."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def secret_pem(self) -> bytes:
        """Its certificate and its key, as ``parse`` takes them."""
        return self.pem + _key_pem(self.key)


def make(now: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _builder(name, name, key, now, VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_HERE, None), critical=True)
        .add_extension(identifier, critical=False)
    )
    return Authority(builder.sign(key, SHA256()), key)


def parse(pem: bytes) -> Authority:
    """Return the authority in *pem*; raise ValueError if it is none that ``make`` has made."""
    certificate = x509.load_pem_x509_certificate(pem)
    key = load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("its key is no elliptic curve's")
    if key.public_key() != certificate.public_key():
        raise ValueError("its key is not that of its certificate")
    return Authority(certificate, key)


def is_usable(authority: Authority, now: datetime) -> bool:
    """Return whether *authority* lasts longer than a leaf that it signs now."""
    return authority.certificate.not_valid_after_utc - now > _LEFT


def leaf(authority: Authority, names: tuple[str, ...], now: datetime) -> bytes:
    """Return key and chain, as PEM, of a new certificate for *names*: hosts and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        _builder(subject, authority.certificate.subject, key, now, LEAF_VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(map(_general_name, names)), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority.key, SHA256())
    )
    return _key_pem(key) + certificate.public_bytes(Encoding.PEM) + authority.pem


def is_current(pem: bytes, authority: Authority, names: tuple[str, ...], now: datetime) -> bool:
    """Return whether *pem* is a leaf of *authority* for *names* that need not be renewed yet."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        certificate.verify_directly_issued_by(authority.certificate)
    except Exception:  # whatever it is, a new one takes its place
        return False
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = certificate.not_valid_after_utc - now > LEAF_LEFT
    return lasts and set(map(_general_name, names)) <= set(held)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    valid: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - _CLOCKS)
        .not_valid_after(now.astimezone(UTC) + valid)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
