"""Why a host could not be reached, as a token, and how to mend it: from the gateway's errors."""

import ssl
from dataclasses import dataclass

from sigproxy.errors import CertificateError, DnsError, GatewayError
from sigproxy.semantics import peer_certificate as certificates
from sigproxy.semantics.peer_certificate import Certificate, distinguished_name


@dataclass(frozen=True, slots=True)
class Fault:
    """*code*: OpenSSL's verdict on a certificate, 0 for another fault; *chain*: what came."""

    token: str
    detail: str
    code: int = 0
    chain: tuple[Certificate, ...] = ()

    @property
    def authority(self) -> str:
        """The name of the authority that vouches for the chain, as far as it came."""
        if not self.chain:
            return "an authority that cannot be read"
        member = "subject" if self.code in certificates.SELF_SIGNED else "issuer"
        return distinguished_name(self.chain[-1].get(member, ()))


def of(error: GatewayError) -> Fault:
    """Return the fault that *error* stands for; its cause may tell more than its token."""
    cause = error.__cause__
    if isinstance(error, CertificateError) and isinstance(cause, ssl.SSLCertVerificationError):
        return of_certificate(cause, error.detail)
    if isinstance(error, DnsError):
        return Fault(_DNS[error.exists], error.detail)
    return Fault(error.token, error.detail)


def of_certificate(error: ssl.SSLCertVerificationError, detail: str) -> Fault:
    chain: tuple[Certificate, ...] = error.__dict__.get("chain", ())
    return Fault(certificate_token(error.verify_code), detail, error.verify_code, chain)


def certificate_token(code: int) -> str:
    """Return the token for OpenSSL's *code*; one that has none of its own is the general one."""
    if code in certificates.ISSUER_UNKNOWN or code in certificates.SELF_SIGNED:
        return "certificate_untrusted"
    if code in certificates.OTHER_NAME:
        return "certificate_other_name"
    names = {
        certificates.EXPIRED: "certificate_expired",
        certificates.NOT_YET_VALID: "certificate_not_yet_valid",
    }
    return names.get(code, CertificateError.token)


_DNS = {False: "dns_no_such_name", True: "dns_no_address", None: "dns_server_failed"}
