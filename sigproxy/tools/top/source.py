"""What `sigproxy top` and `sigproxy ready` ask: an admin listener."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Timer
from typing import Self
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from sigproxy.config.masking import quoted
from sigproxy.telemetry.status.document import Status

TIMEOUT_S = 5.0  # to connect, and then for a whole answer
MOST_BYTES = 8 * 1024 * 1024  # of an answer; a gateway's is a hundred times smaller

_PORTS = {"http": 80, "https": 443}
_LOOPBACKS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
_DOCUMENT = TypeAdapter(Status)


class Unreachable(Exception):
    """The figures cannot be had; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """An admin listener: *place* is host:port, or the path of a UNIX socket."""

    place: str
    is_tls: bool = False
    is_unix: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the source that *text* names; raise ValueError if it names none.

        >>> Source.parse("http://127.0.0.1:9901/-/status").place
        '127.0.0.1:9901'
        """
        if text.startswith(("/", "./", "unix:")):
            return cls(text.removeprefix("unix:"), is_unix=True)
        shape = "should be host:port, a URL without a password, or the path of a UNIX socket"
        url = urlsplit(text if "://" in text else f"http://{text}")
        if url.scheme not in _PORTS or not url.hostname or url.username is not None:
            raise ValueError(f"{quoted(text)} {shape}")
        try:
            port = url.port or _PORTS[url.scheme]
        except ValueError:
            raise ValueError(f"{quoted(text)} {shape}") from None
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        return cls(f"{host}:{port}", is_tls=url.scheme == "https")

    def read(self, *, shows_clients: bool) -> bytes:
        """Return the document as JSON; raise Unreachable."""
        status, body = self.answer(f"/-/status.json{'?clients=shown' if shows_clients else ''}")
        if status != 200:
            raise Unreachable(
                f"{self.place} answers {status} to /-/status.json: it is not the admin "
                "listener of a sigproxy, or of an older one; give the address of [admin] bind"
            )
        return body

    def answer(self, target: str) -> tuple[int, bytes]:
        """Return the status of the answer to GET *target*, and its body; raise Unreachable."""
        connection = self._connection()
        try:
            if connection.sock is None:
                connection.connect()
            with _in_time(connection.sock):
                connection.request("GET", target, headers={"Connection": "close"})
                response = connection.getresponse()
                return response.status, response.read(MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(self._sentence(error)) from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self.is_tls:
            return http.client.HTTPSConnection(self.place, timeout=TIMEOUT_S)
        if not self.is_unix:
            return http.client.HTTPConnection(self.place, timeout=TIMEOUT_S)
        connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(TIMEOUT_S)
        try:
            connection.sock.connect(self.place)
        except OSError as error:
            connection.close()
            raise Unreachable(self._sentence(error)) from error
        return connection

    def _sentence(self, error: Exception) -> str:
        match error:
            case ConnectionRefusedError() | FileNotFoundError():
                return (
                    f"nothing listens at {self.place}: is sigproxy running, and is that the "
                    "address of [admin] bind?"
                )
            case TimeoutError():
                return (
                    f"{self.place} does not answer within {TIMEOUT_S:g} s: is a firewall between?"
                )
            case PermissionError():
                return f"{self.place} may not be opened by this user: run this as another one"
            case ConnectionError():
                return (
                    f"{self.place} closes the connection without an answer: it has as many as it "
                    "takes, or is not the address of [admin] bind"
                )
            case http.client.HTTPException():
                return f"{self.place} does not answer in HTTP: give the address of [admin] bind"
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        return f"{self.place} cannot be reached: {why}"


@contextmanager
def _in_time(sock: socket.socket) -> Iterator[None]:
    """Raise TimeoutError after ``TIMEOUT_S``: a socket's own limit is for each read alone."""
    late = Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # also of TLS, whatever it waits for

    timer = Timer(TIMEOUT_S, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError


def of_bind(bind: str) -> Source:
    """Return where to reach what listens at *bind*: all addresses include loopback."""
    source = Source.parse(bind)
    host, _, port = source.place.rpartition(":")
    return Source(f"{_LOOPBACKS.get(host, host)}:{port}")


def parsed(document: bytes) -> Status:
    """Return the document; raise Unreachable if it is of another version."""
    try:
        status = _DOCUMENT.validate_json(document)
    except ValidationError as error:
        raise Unreachable(_other_version(f"{error.error_count()} differences")) from error
    reload = None if status.reload is None else status.reload.at
    moments = (status.at, status.about.started_at, reload)
    for moment in moments:
        if moment is not None and not _is_moment(moment):
            raise Unreachable(_other_version("a moment in it is none"))
    return status


def as_json(document: bytes) -> str:
    """Return the document for a terminal, which it cannot command; raise Unreachable."""
    try:
        return json.dumps(json.loads(document), separators=(",", ":"))
    except (ValueError, RecursionError):
        raise Unreachable(_other_version("it is not JSON")) from None


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _other_version(how: str) -> str:
    return (
        "the gateway is of another version than this command: its status has another shape "
        f"({how}); use the same version, or --json"
    )
