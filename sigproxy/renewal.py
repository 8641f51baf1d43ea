"""A certificate that is renewed on disk is served without a restart, once it is whole."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from sigproxy.config.certificates import server_faults, valid_until
from sigproxy.gateway.downstream import tls

# Files that have stayed the same from one poll to the next are taken for written: a pair is two
# files, and half of it is no reason to say anything.
POLL_EVERY_S = 2.0

Signature = tuple[tuple[int, int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Renewed:
    """New connections get *certificate* as it is now; those that are open keep what they have."""

    certificate: Path
    until: datetime | None

    def __str__(self) -> str:
        return f"{self.certificate}: renewed, valid until {_said(self.until)}"


@dataclass(frozen=True, slots=True)
class Refused:
    """What is on disk does not serve; the certificate from before still does."""

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
    """The listener's context, for handshakes that begin now, and the files that it was made of.

    A renewed pair gets a context of its own. Loaded into the one before, it would stand beside the
    old pair if it is of another kind: an ECDSA client would get the new one, an RSA client the old.

    gunicorn's master and each of its workers have a copy of their own from the fork: each polls
    for itself, and only the master says what it sees.
    """

    def __init__(
        self, certificate: Path, private_key: Path | None, judged: Signature, until: datetime | None
    ) -> None:
        self._pair = certificate, private_key
        self._judged = self._seen = judged
        self._until = until
        self._poll_at = 0.0
        self.context = tls.server_context(certificate, private_key)

    @classmethod
    def load(cls, certificate: Path, private_key: Path | None) -> Self:
        """Raise OSError or ssl.SSLError if the files do not serve."""
        before = _signature(certificate, private_key)  # what is written meanwhile is news
        return cls(certificate, private_key, before, valid_until(certificate, private_key))

    @property
    def until(self) -> datetime | None:
        """When the certificate that is served expires."""
        return self._until

    def poll(self) -> Renewed | Refused | None:
        """Take up what has changed on disk; return what came of it, once for each change."""
        if time.monotonic() < self._poll_at:
            return None
        self._poll_at = time.monotonic() + POLL_EVERY_S
        before, self._seen = self._seen, _signature(*self._pair)
        if self._seen == self._judged or self._seen != before:
            return None
        self._judged = self._seen
        return self._judge()

    def _judge(self) -> Renewed | Refused:
        try:
            for _, fault in server_faults(*self._pair):
                return Refused(str(fault), self._until)
            self.context = tls.server_context(*self._pair)
            self._until = valid_until(*self._pair)
        except OSError as error:  # they change under our hands: the next poll sees it
            return Refused(str(error), self._until)
        return Renewed(self._pair[0], self._until)


def _signature(*files: Path | None) -> Signature:
    """Return what changes when a file does: renamed over, written over, or its link turned."""
    return tuple(_stat(file) for file in files if file is not None)


def _stat(file: Path) -> tuple[int, int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
