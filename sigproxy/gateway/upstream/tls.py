"""TLS toward vendors: with verification, SNI and session resumption."""

import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

from sigproxy.gateway.tls_records import MeteredContext, MeteredTls
from sigproxy.gateway.upstream.sessions import Sessions
from sigproxy.pem import without_marks
from sigproxy.semantics.peer_certificate import Certificate, fault


class VerifiedPeer(MeteredTls):
    """Keeps the chain of a peer that could not be verified, so that the error can explain it."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            error.__dict__["chain"] = self._chain()
            raise

    def _chain(self) -> tuple[Certificate, ...]:
        """Return the peer's certificates as far as OpenSSL could read them, its own first.

        Python has no public API for the chain before 3.13, and none yet for its content.
        """
        with suppress(AttributeError, ssl.SSLError, ValueError):
            inner: Any = self._sslobj  # type: ignore[attr-defined]
            chain = inner.get_verified_chain() or inner.get_unverified_chain() or ()
            return tuple(each.get_info() for each in chain)
        return ()


def certificate_fault(error: ssl.SSLCertVerificationError, host: str) -> str:
    """Return why the certificate of *host* was not accepted, and what to do about it."""
    chain: tuple[Certificate, ...] = error.__dict__.get("chain", ())
    return fault(error.verify_code, error.verify_message, host, chain)


class ClientContext(MeteredContext):
    """Offers each upstream the TLS session that is stored for its name.

    It is a subclass because asyncio and uvloop offer no other way to pass a session.
    """

    sslobject_class = VerifiedPeer

    def __init__(self, protocol: int) -> None:
        super().__init__()
        self.sessions = Sessions()

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        if session is None and isinstance(server_hostname, str):
            session = self.sessions.offer(server_hostname)
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def client_context(ca_file: Path | None, maximum: str | None) -> ClientContext:
    """Return the context for upstreams: system trust store plus *ca_file*, TLS 1.2 or newer.

    Any certificate of these is a trust anchor, an intermediate one as well as a root, as in curl
    and Go: a company may distribute only its intermediate certificate.
    """
    context = ClientContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and name
    default = ssl.create_default_context()  # cannot make our subclass; we copy its flags
    context.verify_flags = default.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN
    context.keylog_filename = default.keylog_filename
    context.load_default_certs()
    if ca_file is not None:
        with without_marks(ca_file) as file:
            context.load_verify_locations(file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if maximum == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
