"""What `sigproxy explain` has to say of a request: for people in lines, for programs as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# An address for documentation (RFC 5737), in place of the client's.
CLIENT = "192.0.2.1"


class Fact(NamedTuple):
    """What is known of the request, by a label; one without a label goes on with the one before."""

    label: str
    text: str

    @property
    def lines(self) -> list[str]:
        return [f"{self.label:<10} {self.text}"]


class Message(NamedTuple):
    """What would be sent: to whom, with which first line, and fields; *to* is "" for the client."""

    to: str
    first: str
    fields: list[tuple[str, str]]

    @property
    def lines(self) -> list[str]:
        listing = [f"    {name}: {value}" for name, value in self.fields]
        if not self.to:
            return listing
        title = f"sent to {self.to}, with {CLIENT} for the client:"
        return ["", title, f"    {self.first}", *listing]


Piece = Fact | Message


@dataclass(frozen=True, slots=True)
class Explanation:
    """*error*: the token of the refusal; None if the request is forwarded, or answered with 2xx."""

    pieces: Sequence[Piece]
    error: str | None

    @property
    def admitted(self) -> bool:
        return self.error is None

    @property
    def lines(self) -> list[str]:
        return [line for piece in self.pieces for line in piece.lines]

    def as_json(self) -> str:
        """Return one object; what is known of the request is by its label."""
        facts: dict[str, str] = {}
        found: dict[str, object] = {"admitted": self.admitted, "error": self.error}
        label = ""
        for piece in self.pieces:
            if isinstance(piece, Message):
                found["sent" if piece.to else "answered"] = piece._asdict()
            else:
                label = piece.label or label
                facts[label] = f"{facts[label]} {piece.text}" if label in facts else piece.text
        return json.dumps(found | facts, indent=2)
