"""A TLS 1.3 client that asks for new keys on and on (RFC 8446, 4.6.3), and reads nothing.

Python's ssl cannot send a KeyUpdate; the OpenSSL that it uses can.
"""

import _ssl
import asyncio
import ctypes
import socket
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType

UPDATE_REQUESTED = 1  # SSL_KEY_UPDATE_REQUESTED: the other side has to answer with one
AT_ONCE = 2000  # 27 bytes each
TLS1_3_VERSION, SSL_CTRL_SET_MIN_PROTO_VERSION, BIO_CTRL_PENDING = 0x0304, 123, 10
READ_BYTES = 65536

_POINTER = ctypes.c_void_p
_RETURNS_POINTER = ("TLS_client_method", "SSL_CTX_new", "SSL_new", "BIO_new", "BIO_s_mem")


def _library() -> ctypes.CDLL | None:
    """Return OpenSSL as Python has loaded it; None if it keeps its names to itself."""
    library = ctypes.CDLL(_ssl.__file__) if hasattr(_ssl, "__file__") else ctypes.CDLL(None)
    if not hasattr(library, "SSL_key_update"):
        return None
    for name in _RETURNS_POINTER:
        getattr(library, name).restype = _POINTER
    return library


_OPENSSL = _library()


def obstacle() -> str | None:
    return None if _OPENSSL else "this Python's OpenSSL cannot be called: SSL_key_update is hidden"


class KeyUpdates:
    """One connection; nothing of what the gateway says is verified, or read after the handshake."""

    def __init__(self, sock: socket.socket) -> None:
        assert _OPENSSL is not None
        self._library = _OPENSSL
        self._sock = sock
        self._context = _POINTER(self._library.SSL_CTX_new(self._pointer("TLS_client_method")))
        self._library.SSL_CTX_ctrl(
            self._context, SSL_CTRL_SET_MIN_PROTO_VERSION, ctypes.c_long(TLS1_3_VERSION), None
        )
        self._tls = _POINTER(self._library.SSL_new(self._context))
        self._in, self._out = (
            _POINTER(self._library.BIO_new(self._pointer("BIO_s_mem"))) for _ in range(2)
        )
        self._library.SSL_set_bio(self._tls, self._in, self._out)
        self._library.SSL_set_connect_state(self._tls)

    def _pointer(self, name: str) -> ctypes.c_void_p:
        return _POINTER(getattr(self._library, name)())

    @classmethod
    async def open(cls, port: int, buffer: int = 4096) -> "KeyUpdates":
        """Connect and shake hands; *buffer* bounds what the kernel takes of what is not read."""
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", port))
        client = cls(sock)
        while client._library.SSL_do_handshake(client._tls) != 1:
            await client.send(client._written())
            if not (came := await loop.sock_recv(sock, READ_BYTES)):
                raise ConnectionResetError("within the TLS handshake")
            client._library.BIO_write(client._in, came, len(came))
        await client.send(client._written())
        return client

    async def __aenter__(self) -> "KeyUpdates":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._sock.close()
        self._library.SSL_free(self._tls)  # and its BIOs
        self._library.SSL_CTX_free(self._context)

    def _written(self) -> bytes:
        """Return what OpenSSL has to send."""
        size = self._library.BIO_ctrl(self._out, BIO_CTRL_PENDING, ctypes.c_long(0), None)
        data = ctypes.create_string_buffer(max(size, 1))
        read = self._library.BIO_read(self._out, data, size)
        return data.raw[: max(read, 0)]

    def records(self, data: bytes) -> bytes:
        """Return *data* in TLS records."""
        assert self._library.SSL_write(self._tls, data, len(data)) == len(data)
        return self._written()

    def updates(self, size: int) -> Iterable[bytes]:
        """Yield KeyUpdates, about *size* bytes in all."""
        while size > 0:
            for _ in range(AT_ONCE):
                assert self._library.SSL_key_update(self._tls, UPDATE_REQUESTED) == 1
                assert self._library.SSL_do_handshake(self._tls) == 1
            part = self._written()
            size -= len(part)
            yield part

    async def gone(self) -> None:
        """Return once the gateway has ended the connection."""
        with suppress(OSError):
            while await asyncio.get_running_loop().sock_recv(self._sock, READ_BYTES):
                pass

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, data)
