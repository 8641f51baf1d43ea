"""A client on a plain socket: bytes, half-close and reset are under the case's control."""

import contextlib
import socket
import ssl
import struct
import time

CHUNK = 65536
CLOSED, CUT, RESET = "closed", "cut", "reset"  # with a close_notify, without, by RST


class Client:
    """One connection to a gateway. ``ended`` says how the gateway ended it, if it has."""

    def __init__(self, address: tuple[str, int], ca_file: str, tls: bool = True) -> None:
        self.buffer = b""
        self.ended: str | None = None
        self._socket = socket.create_connection(address, 5)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        if tls:
            context = ssl.create_default_context(cafile=ca_file)
            self._tls = context.wrap_bio(
                self._incoming, self._outgoing, server_hostname="proxy.test"
            )
            self._shake_hands(self._tls)

    def _shake_hands(self, tls: ssl.SSLObject) -> None:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(self._socket.recv(CHUNK))
            else:
                return self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._socket.sendall(self._outgoing.read())

    def send(self, data: bytes) -> None:
        """Send *data*; a connection that the gateway has ended is noted, not raised."""
        try:
            if self._tls is None:
                self._socket.sendall(data)
                return
            for begin in range(0, len(data), CHUNK):
                self._tls.write(data[begin : begin + CHUNK])
                self._flush()
        except OSError:  # ssl.SSLError is one
            return

    def fill(self, deadline: float) -> bool:
        """Read once; return whether the buffer grew before *deadline*."""
        while self.ended is None:
            if self._decrypted():
                return True
            if self.ended is not None or (left := deadline - time.monotonic()) <= 0:
                return False
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(CHUNK)
            except TimeoutError:
                return False
            except OSError:
                self.ended = RESET
                return False
            if self._received(data):
                return True
        return False

    def _received(self, data: bytes) -> bool:
        """Take *data* from the wire; return whether the (plain) buffer grew."""
        if self._tls is not None:
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()
            return False
        self.buffer += data
        if not data:
            self.ended = CLOSED
        return bool(data)

    def _decrypted(self) -> bool:
        if self._tls is None:
            return False
        try:
            data = self._tls.read(CHUNK)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLZeroReturnError:
            data = b""
        except ssl.SSLError:
            self.ended = CUT
            return False
        self.buffer += data
        if not data:
            self.ended = CLOSED
        return bool(data)

    def half_close(self) -> None:
        """Send close_notify and FIN; go on reading."""
        try:
            if self._tls is not None:
                with contextlib.suppress(ssl.SSLError):
                    self._tls.unwrap()
                self._flush()
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def reset(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        self._socket.close()

    def until(self, mark: bytes, deadline: float) -> bool:
        while mark not in self.buffer:
            if not self.fill(deadline):
                return False
        return True

    def take_to(self, mark: bytes) -> bytes:
        taken, _, self.buffer = self.buffer.partition(mark)
        return taken

    def at_least(self, size: int, deadline: float) -> bool:
        while len(self.buffer) < size:
            if not self.fill(deadline):
                return False
        return True

    def exactly(self, size: int, deadline: float) -> bytes:
        self.at_least(size, deadline)
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken
