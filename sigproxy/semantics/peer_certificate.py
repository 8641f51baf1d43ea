"""Explain why a peer's certificate was not accepted, and what to do about it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sigproxy.semantics.authority import Authority

# As ``ssl.SSLSocket.getpeercert`` returns it: subject, issuer, notBefore, notAfter, subjectAltName.
Certificate = Mapping[str, Any]

# OpenSSL's X509_V_ERR_...
NOT_YET_VALID, EXPIRED = 9, 10
SELF_SIGNED = (18, 19)  # the peer's own certificate; the last one of its chain
ISSUER_UNKNOWN = (2, 20, 21)
OTHER_NAME = (62, 64)  # no such host name, no such IP address

_SHORT = {  # RFC 4514, 3
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "domainComponent": "DC",
}
_ADD_IT = (
    "if it should be (a firewall that inspects TLS has one of its own), the gateway's operator can "
    "add its certificate to `upstream.ca_file`"
)
_LONGEST = 100
_MOST_NAMES = 3
_AS_WRITTEN = "%b %d %H:%M:%S %Y %Z"


def fault(code: int, message: str, host: str, chain: Sequence[Certificate]) -> str:
    """Return what is wrong with the certificate of *host*, given OpenSSL's *code* and *message*.

    *chain*: from the peer's own certificate to the last one found; it may be empty.
    """
    if code in ISSUER_UNKNOWN + SELF_SIGNED:
        return f"{message}: {_issuer(code, chain)} is not trusted here; {_ADD_IT}"
    if chain and code == EXPIRED:
        ended = min(chain, key=_ends)
        return f"{message}: {_out_of_date(ended, 'expired on', 'notAfter', host)}"
    if chain and code == NOT_YET_VALID:
        future = max(chain, key=_begins)
        return f"{message}: {_out_of_date(future, 'is valid from', 'notBefore', host)}"
    if code in OTHER_NAME:
        return f"{message.rstrip('.')}: {_other_name(chain[:1], host)}"
    return message


def _issuer(code: int, chain: Sequence[Certificate]) -> str:
    """Return who vouches for the last of *chain*, as the subject of a sentence."""
    if not chain:
        return "its issuer"
    name = "subject" if code in SELF_SIGNED else "issuer"
    return f"the issuer {distinguished_name(chain[-1].get(name, ()))}"


def _out_of_date(certificate: Certificate, what: str, key: str, host: str) -> str:
    return (
        f"{distinguished_name(certificate.get('subject', ()))} {what} "
        f"{_shown(certificate.get(key, '?'))}; whoever runs {host} can renew it, "
        "unless the gateway's clock is wrong"
    )


def _other_name(own: Sequence[Certificate], host: str) -> str:
    names = [value for each in own for _, value in each.get("subjectAltName", ())]
    listed = ", ".join(map(_shown, names[:_MOST_NAMES])) or "no name at all"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    it_is_for = f"it is for {listed}{more}; " if own else ""
    if Authority.parse(host.encode() if ":" not in host else f"[{host}]".encode()).is_ip:
        return f"{it_is_for}if that is the vendor's, put it into `upstream.certificate_names`"
    return f"{it_is_for}see that DNS and the hosts file lead to the server of {host}"


def distinguished_name(name: Iterable[Iterable[tuple[str, str]]]) -> str:
    """Return *name* as in ``"CN=Issuing CA 1, O=Example"``, most specific part first.

    The peer chose this text: unprintable characters become "?", and a long text is cut.
    """
    parts = [f"{_SHORT.get(key, key)}={value}" for rdn in name for key, value in rdn]
    return f'"{_shown(", ".join(reversed(parts)))}"'


def _shown(text: str) -> str:
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return "".join(char if char.isprintable() else "?" for char in cut)


def _ends(certificate: Certificate) -> datetime:
    return _time(certificate.get("notAfter", ""), datetime.max)


def _begins(certificate: Certificate) -> datetime:
    return _time(certificate.get("notBefore", ""), datetime.min)


def _time(text: str, otherwise: datetime) -> datetime:
    try:
        return datetime.strptime(text, _AS_WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return otherwise.replace(tzinfo=UTC)
