"""A certificate authority for one run: the gateways' certificate and the upstreams'."""

import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme

HOST_NAME = re.compile(r"[A-Za-z0-9.-]+\Z")
WITHOUT_SNI = ("up.example.com", "localhost", "127.44.0.1", "127.45.0.1", "::1")


class Certificates:
    """Writes ``ca.pem`` and ``proxy.pem`` into *directory*; makes the upstreams' TLS contexts."""

    def __init__(self, directory: Path) -> None:
        self._authority = trustme.CA()
        self._by_name: dict[str, ssl.SSLContext] = {}
        self.ca_file = directory / "ca.pem"
        self.gateway_file = directory / "proxy.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        leaf = self._authority.issue_cert("proxy.test", "localhost", "127.0.0.1")
        self.gateway_file.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())

    def for_every_name(self) -> ssl.SSLContext:
        """Return a context that has a certificate for whatever name the client asks."""
        return self._server(self._authority.issue_cert(*WITHOUT_SNI))

    def only(self, version: ssl.TLSVersion) -> ssl.SSLContext:
        context = self.for_every_name()
        context.minimum_version = context.maximum_version = version
        return context

    def self_signed(self) -> ssl.SSLContext:
        return self._server(trustme.CA().issue_cert("*.example.com"), by_name=False)

    def for_another_name(self) -> ssl.SSLContext:
        return self._server(self._authority.issue_cert("other.example.org"), by_name=False)

    def expired(self) -> ssl.SSLContext:
        begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
        leaf = self._authority.issue_cert("*.example.com", not_before=begin, not_after=end)
        return self._server(leaf, by_name=False)

    def _server(self, leaf: trustme.LeafCert, by_name: bool = True) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        context.set_alpn_protocols(["http/1.1"])

        def chosen(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.asked_name = name  # type: ignore[attr-defined]
            if by_name and name and HOST_NAME.match(name):
                connection.context = self._context_for(name)

        context.sni_callback = chosen
        return context

    def _context_for(self, name: str) -> ssl.SSLContext:
        if name not in self._by_name:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(name).configure_cert(context)
            self._by_name[name] = context
        return self._by_name[name]
