"""Use a certificate that was renewed on disk, without a restart."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from sigproxy.config.certificates import served, server_faults, valid_until
from sigproxy.gateway.downstream import tls

# Files that did not change between two polls count as completely written. Certificate and key are
# two files: if only one is new yet, that is not an error to log.
POLL_EVERY_S = 2.0

Signature = tuple[tuple[int, int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Renewed:
    """New connections use the new *certificate*; open ones are not affected."""

    certificate: Path
    until: datetime | None

    def __str__(self) -> str:
        return f"{self.certificate}: renewed, valid until {_said(self.until)}"


@dataclass(frozen=True, slots=True)
class Refused:
    """The files on disk are unusable; the previous certificate stays in use."""

    why: str
    until: datetime | None

    def __str__(self) -> str:
        before = f"the one before is served still, and valid until {_said(self.until)}"
        return f"the certificate is not renewed: {self.why}; {before}"


def say(log: logging.Logger, news: Renewed | Refused) -> None:
    log.log(logging.INFO if isinstance(news, Renewed) else logging.ERROR, "%s", news)


def _said(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "an unknown date"


class Renewal:
    """The TLS context for new connections, and the files that it was loaded from.

    A renewed pair gets a new context. In the old context a pair with another type of key would not
    replace the old pair: clients with ECDSA would get the new one, clients with RSA the old one.

    ``served`` is what there is to say of the certificate.

    gunicorn's master and each worker have their own copy since the fork. Each polls for itself;
    only the master logs the result.
    """

    def __init__(
        self, certificate: Path, private_key: Path | None, judged: Signature, until: datetime | None
    ) -> None:
        self._pair = certificate, private_key
        self._judged = self._seen = judged
        self._until = until
        self._poll_at = 0.0
        self.context = tls.server_context(certificate, private_key)
        self.served = served(certificate, private_key)
        self.refusal: str | None = None  # why files that have changed are not used

    @classmethod
    def load(cls, certificate: Path, private_key: Path | None) -> Self:
        """Raise OSError or ssl.SSLError if the files are unusable."""
        before = _signature(certificate, private_key)  # first: a write during the load is a change
        return cls(certificate, private_key, before, valid_until(certificate, private_key))

    @property
    def until(self) -> datetime | None:
        """When the certificate in use expires."""
        return self._until

    def poll(self) -> Renewed | Refused | None:
        """Load the files if they have changed; return the result, once for each change."""
        if time.monotonic() < self._poll_at:
            return None
        self._poll_at = time.monotonic() + POLL_EVERY_S
        before, self._seen = self._seen, _signature(*self._pair)
        if self._seen == self._judged or self._seen != before:
            return None
        self._judged = self._seen
        news = self._judge()
        self.refusal = news.why if isinstance(news, Refused) else None
        return news

    def _judge(self) -> Renewed | Refused:
        try:
            for _, fault in server_faults(*self._pair):
                return Refused(str(fault), self._until)
            self.context = tls.server_context(*self._pair)
            self._until = valid_until(*self._pair)
            self.served = served(*self._pair)
        except OSError as error:  # the files are changing just now: the next poll sees that
            return Refused(str(error), self._until)
        return Renewed(self._pair[0], self._until)


def _signature(*files: Path | None) -> Signature:
    """Return a value that changes when a file is replaced or rewritten, or its link changes."""
    return tuple(_stat(file) for file in files if file is not None)


def _stat(file: Path) -> tuple[int, int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
