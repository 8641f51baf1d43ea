"""A certificate authority for one run: the upstreams' certificates and the gateway's."""

import ssl
import warnings
from datetime import UTC, datetime
from pathlib import Path

import trustme

from sigproxy.gateway.downstream.tls import server_context

GATEWAY_NAME = "proxy.test"


class Pki:
    """Writes its files into *directory*; makes TLS contexts for both sides."""

    def __init__(self, directory: Path) -> None:
        self._authority = trustme.CA()
        self._by_name: dict[str, ssl.SSLContext] = {}
        self.directory = directory
        self.ca_file = directory / "ca.pem"
        self.certificate = directory / "gateway.pem"
        self.private_key = directory / "gateway.key"
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        leaf = self._authority.issue_cert(GATEWAY_NAME, "localhost", "127.0.0.1")
        leaf.private_key_pem.write_to_path(str(self.private_key))
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))

    def write(self, *names: str) -> Path:
        """Return a file with a certificate for *names* and its key, for another process."""
        path = self.directory / f"{names[0]}.pem"
        leaf = self._authority.issue_cert(*names)
        path.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
        return path

    def foreign_key(self) -> Path:
        """Return a private key that belongs to no certificate of ours."""
        path = self.directory / "foreign.key"
        trustme.CA().issue_cert(GATEWAY_NAME).private_key_pem.write_to_path(str(path))
        return path

    def client(self) -> ssl.SSLContext:
        """Return the context of a client that trusts the gateway."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def gateway(self) -> ssl.SSLContext:
        """Return the context that production's listener has."""
        return server_context(self.certificate, self.private_key)

    def upstream(self) -> ssl.SSLContext:
        """Return a context that has a certificate for whatever name the client asks."""
        context = _server(self._authority.issue_cert("localhost"))

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.sni = name  # type: ignore[attr-defined]
            if name:
                connection.context = self._named(name)

        context.sni_callback = choose
        return context

    def _named(self, name: str) -> ssl.SSLContext:
        if name not in self._by_name:
            self._by_name[name] = _server(self._authority.issue_cert(name))
        return self._by_name[name]

    def self_signed(self, name: str) -> ssl.SSLContext:
        return _server(trustme.CA().issue_cert(name))

    def other_name(self) -> ssl.SSLContext:
        return _server(self._authority.issue_cert("other.example.org"))

    def issued(self, name: str) -> tuple[ssl.SSLContext, Path, str]:
        """Return a server below an issuing authority that only a root unknown to us vouches for.

        With it come the issuing authority's certificate alone, in a file, and the root's subject.
        """
        root = trustme.CA(organization_name="Example Root")
        issuing = root.create_child_ca()
        path = self.directory / "issuing.pem"
        issuing.cert_pem.write_to_path(str(path))
        return _server(issuing.issue_cert(name)), path, "Example Root"

    def intercepting(self, name: str, organization: str) -> ssl.SSLContext:
        """Return what a firewall that inspects TLS has for *name*, signed by *organization*."""
        return _server(trustme.CA(organization_name=organization).issue_cert(name))

    def several(self, *names: str) -> ssl.SSLContext:
        """Return one context, with one certificate for all of *names*."""
        return _server(self._authority.issue_cert(*names))

    def expired(self, name: str) -> ssl.SSLContext:
        begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
        return _server(self._authority.issue_cert(name, not_before=begin, not_after=end))

    def old_tls(self, name: str) -> ssl.SSLContext:
        """Return a context that offers nothing newer than TLS 1.1."""
        context = _server(self._authority.issue_cert(name))
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


def _server(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    context.set_alpn_protocols(["http/1.1"])
    return context
