"""TLS toward clients."""

import ssl
from pathlib import Path

from sigproxy.gateway.tls_records import MeteredContext
from sigproxy.pem import load_pair

# Mozilla's "intermediate" list for TLS 1.2: forward secrecy and AEAD. TLS 1.3 has its own suites.
_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)


def server_context(certificate: Path, private_key: Path | None) -> ssl.SSLContext:
    """Return the listener's context; raise OSError or ssl.SSLError if the files are unusable."""
    context = MeteredContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    load_pair(context, certificate, private_key)
    return context
