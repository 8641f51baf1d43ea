"""TLS on both sides: ours toward clients, verified toward vendors (D9)."""

import ssl
from pathlib import Path

from sigproxy.gateway.sessions import Sessions
from sigproxy.pem import load_pair, without_marks

# Mozilla's "intermediate" for TLS 1.2: forward secrecy and AEAD; 1.3 brings its own suites.
_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)


def server_context(certificate: Path, private_key: Path | None) -> ssl.SSLContext:
    """Return the listener's context; raise OSError or ssl.SSLError if the files do not serve."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    load_pair(context, certificate, private_key)
    return context


class ClientContext(ssl.SSLContext):
    """Offers each upstream the session that is known for its name.

    A subclass, since asyncio and uvloop have no other way to hand a session to a connection.
    """

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
    """Return the context for upstreams: the system's trust store and *ca_file*, 1.2 or newer."""
    context = ClientContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and name
    default = ssl.create_default_context()  # which makes no subclass
    context.verify_flags = default.verify_flags
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
