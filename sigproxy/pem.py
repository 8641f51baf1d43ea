"""PEM files with byte order marks, which Windows editors write and OpenSSL does not understand.

OpenSSL skips lines until one begins with "-----BEGIN". A mark in front of it hides the certificate
or key, so that a part of the chain would be missing.
"""

import codecs
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_HIDDEN = codecs.BOM_UTF8 + b"-----BEGIN"


@contextmanager
def without_marks(path: Path) -> Iterator[Path]:
    """Yield *path*, or the path of a copy in memory if byte order marks have to be removed.

    Raises OSError if it cannot be read.
    """
    content = path.read_bytes()
    if _HIDDEN not in content:
        yield path
        return
    with _in_memory(content.replace(_HIDDEN, b"-----BEGIN")) as copy:
        yield copy


@contextmanager
def _in_memory(content: bytes) -> Iterator[Path]:
    with ExitStack() as stack:
        if hasattr(os, "memfd_create"):
            number = os.memfd_create("sigproxy-pem")
            name = f"/proc/self/fd/{number}"
        else:  # a private key: mkstemp makes it readable for us only (0600); deleted at once
            number, name = tempfile.mkstemp()
            stack.callback(os.unlink, name)
        with os.fdopen(number, "wb", buffering=0) as file:
            file.write(content)
            yield Path(name)


def load_pair(context: ssl.SSLContext, certificate: Path, private_key: Path | None) -> None:
    """Load both files into *context*; raise OSError or ssl.SSLError if that fails."""
    with without_marks(certificate) as chain:
        if private_key is None:
            context.load_cert_chain(chain)
            return
        with without_marks(private_key) as key:
            context.load_cert_chain(chain, key)
