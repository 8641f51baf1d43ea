"""Plays one case through one gateway and hands back the observation."""

import time
from dataclasses import dataclass
from pathlib import Path

from tests.parity.client import Client
from tests.parity.model import Case, Observation
from tests.parity.record import Journal, Record

# What the gateway sends upstream after its answer (a request that should not have been made)
# needs a moment to be seen.
SETTLE_S = 0.02
END_S = 0.5  # for the end of a connection that was announced with "Connection: close"


class Stop(Exception):
    """The rest of the script makes no sense any more."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a gateway listens, and what its certificate is verified with."""

    name: str
    address: tuple[str, int]
    ca_file: Path


class Session:
    """The client's side of one case: one connection at a time, and what was observed on it."""

    def __init__(self, case: Case, endpoint: Endpoint, record: Record) -> None:
        self.case = case
        self._endpoint = endpoint
        self.observation = Observation(record, time.monotonic())
        self.client = self._connect()

    def _connect(self) -> Client:
        endpoint = self._endpoint
        return Client(endpoint.address, str(endpoint.ca_file), tls=not self.case.plain)

    def reconnect(self) -> None:
        self.client.close()
        self.client = self._connect()

    @property
    def deadline(self) -> float:
        return time.monotonic() + self.case.timeout_s

    def play(self) -> Observation:
        try:
            for step in self.case.script:
                step.run(self)
        except Stop:
            pass
        finally:
            self._note_the_end()
            self.client.close()
        return self.observation

    def _note_the_end(self) -> None:
        response = self.observation.responses[-1:]
        if response and "close" in response[0].values("connection"):
            deadline = time.monotonic() + END_S
            while self.client.fill(deadline):
                pass
        self.observation.ended = self.client.ended
        self.observation.leftover = self.client.buffer
        self.observation.seconds = time.monotonic() - self.observation.began


def play(case: Case, endpoint: Endpoint, journal: Journal) -> Observation:
    """Play *case*, which is alone, and return what was observed on both sides."""
    record = journal.open()
    observation = Session(case, endpoint, record).play()
    time.sleep(SETTLE_S)
    return observation


def play_in_background(case: Case, endpoint: Endpoint) -> Observation:
    """Play *case* beside others; its record stays empty."""
    return Session(case, endpoint, Record()).play()


def judge(case: Case, observation: Observation) -> list[str]:
    """Return everything that *observation* lacks of what *case* expects."""
    found = (check(observation) for check in case.checks)
    return [*observation.problems, *(problem for problem in found if problem)]
