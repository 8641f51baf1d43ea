"""The certificate that the gateway serves: its names, its end, and whether clients trust it."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sigproxy.gateway.upstream import tls
from sigproxy.pem import load_pair, without_marks
from sigproxy.semantics import peer_certificate
from sigproxy.semantics.peer_certificate import Certificate, distinguished_name
from sigproxy.tools.doctor.finding import Finding, failure, warning, well

NAME = "certificate"
ENDS_SOON_DAYS = 14  # ACME clients renew a certificate of 90 days a month before its end
_NO_CHECK_TIME = 0x20_0000  # X509_V_FLAG_NO_CHECK_TIME, for which the ssl module has no name


@dataclass(frozen=True, slots=True)
class CertificateSeen:
    """*code*: OpenSSL's verdict with this machine's trust store, 0 if it is trusted.

    *misses*: those of the gateway's names that it is not for. *count*: of certificates in the file.
    *why*: why it does not load; "" if it does.
    """

    leaf: Certificate = field(default_factory=dict)
    code: int = 0
    count: int = 0
    misses: tuple[str, ...] = ()
    why: str = ""


def look(certificate: Path, private_key: Path | None, names: Sequence[str]) -> CertificateSeen:
    """Do handshakes in memory, as clients that trust what this machine trusts."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        load_pair(server, certificate, private_key)
        count = certificate.read_bytes().count(b"-----BEGIN CERTIFICATE-----")
    except (OSError, ssl.SSLError) as error:
        return CertificateSeen(why=error.strerror or str(error))
    client = tls.client_context(None, None)
    client.check_hostname = False
    leaf, code = _shake_hands(client, server, None)
    client.check_hostname = True
    client.verify_flags |= _NO_CHECK_TIME
    with without_marks(certificate) as file:
        client.load_verify_locations(file)
    misses = [
        name
        for name in dict.fromkeys(names)
        if _shake_hands(client, server, name)[1] in peer_certificate.OTHER_NAME
    ]
    return CertificateSeen(leaf, code, count, tuple(misses))


def _shake_hands(
    client: tls.ClientContext, server: ssl.SSLContext, name: str | None
) -> tuple[Certificate, int]:
    """Return the server's certificate, and OpenSSL's verdict on it."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(down, up, server_hostname=name)
    far = server.wrap_bio(up, down, server_side=True)
    try:
        for _ in range(3):  # TLS 1.3 needs two rounds, TLS 1.2 three
            for side in (near, far):
                with suppress(ssl.SSLWantReadError):
                    side.do_handshake()
    except ssl.SSLCertVerificationError as error:
        chain: tuple[Certificate, ...] = error.__dict__.get("chain", ())
        return chain[0] if chain else {}, error.verify_code
    return near.getpeercert() or {}, 0


def judge(seen: CertificateSeen, now: datetime) -> Iterator[Finding]:
    if seen.why:
        remedy = "sigproxy check --config FILE says more"
        yield failure(NAME, "certificate_unusable", f"it does not load: {seen.why}", remedy)
        return
    findings = [*_trust(seen), *_names(seen), *_end(seen, now)]
    yield from findings or [well(NAME, _described(seen, now))]


def _trust(seen: CertificateSeen) -> Iterator[Finding]:
    issuer = distinguished_name(seen.leaf.get("issuer", ()))
    if seen.code in peer_certificate.SELF_SIGNED:
        what = f"it is issued by {issuer}, its own authority, which nobody trusts beforehand"
        remedy = "get one of a public authority, or make every client trust that one"
        yield warning(NAME, "certificate_untrusted", what, remedy)
    elif seen.code in peer_certificate.ISSUER_UNKNOWN and _lacks_issuer(seen):
        what = f"its file holds no certificate of its issuer, {issuer}: clients cannot follow it"
        remedy = "write the intermediate certificates behind it (fullchain.pem, not cert.pem)"
        yield failure(NAME, "certificate_chain_incomplete", what, remedy)
    elif seen.code in peer_certificate.ISSUER_UNKNOWN:
        what = f"its issuer, {issuer}, leads to no authority that this machine trusts"
        remedy = "if the authority is your own, every client has to trust it"
        yield warning(NAME, "certificate_untrusted", what, remedy)


def _lacks_issuer(seen: CertificateSeen) -> bool:
    """Of a public authority's, which say where to get the issuer's, few clients go and get it."""
    return seen.count == 1 and bool(seen.leaf.get("caIssuers"))


def _names(seen: CertificateSeen) -> Iterator[Finding]:
    if seen.misses:
        own = [value for _, value in seen.leaf.get("subjectAltName", ())]
        what = f"it is for {', '.join(own) or 'no name'}, and not for {', '.join(seen.misses)}"
        remedy = "get one for every name in server.public_names and turn.name"
        yield failure(NAME, "certificate_other_name", what, remedy)


def _end(seen: CertificateSeen, now: datetime) -> Iterator[Finding]:
    ends = _time(seen.leaf, "notAfter")
    if _time(seen.leaf, "notBefore") > now:
        what = f"it is valid from {_time(seen.leaf, 'notBefore'):%Y-%m-%d %H:%M} UTC"
        yield failure(NAME, "certificate_not_yet_valid", what, "check this machine's clock")
    elif ends < now:
        what = f"it expired on {ends:%Y-%m-%d %H:%M} UTC"
        yield failure(NAME, "certificate_expired", what, "renew it; no reload is needed")
    elif (ends - now).days < ENDS_SOON_DAYS:
        what = f"it ends in {(ends - now).days} days, on {ends:%Y-%m-%d}"
        yield warning(NAME, "certificate_ends_soon", what, "renew it; no reload is needed")


def _described(seen: CertificateSeen, now: datetime) -> str:
    own = ", ".join(value for _, value in seen.leaf.get("subjectAltName", ()))
    ends = _time(seen.leaf, "notAfter")
    issuer = distinguished_name(seen.leaf.get("issuer", ()))
    return f"for {own}, issued by {issuer}, {(ends - now).days} days left"


def _time(leaf: Certificate, member: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(leaf[member]), UTC)
