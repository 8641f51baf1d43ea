"""TLS on both sides: ours toward clients, verified toward vendors (D9)."""

import ssl
from pathlib import Path

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
    context.load_cert_chain(certificate, private_key)
    return context


def client_context(ca_file: Path | None, maximum: str | None) -> ssl.SSLContext:
    """Return the context for upstreams: the system's trust store and *ca_file*, 1.2 or newer."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if maximum == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
