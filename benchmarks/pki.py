"""The certificates of one run: RSA with 2048 bits behind an intermediate, as most vendors have."""

from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.places import PROXY_NAME, UPSTREAM_NAME


@dataclass(frozen=True, slots=True)
class Pki:
    """Files with the authority's certificate, and with key and chain of both sides."""

    ca: Path
    proxy: Path
    upstream: Path


def create(directory: Path) -> Pki:
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    pki = Pki(directory / "ca.pem", directory / "proxy.pem", directory / "upstream.pem")
    authority.cert_pem.write_to_path(str(pki.ca))
    intermediate = authority.create_child_ca(key_type=trustme.KeyType.RSA)
    for path, name in ((pki.proxy, PROXY_NAME), (pki.upstream, UPSTREAM_NAME)):
        leaf = intermediate.issue_cert(name, key_type=trustme.KeyType.RSA)
        path.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
    return pki
