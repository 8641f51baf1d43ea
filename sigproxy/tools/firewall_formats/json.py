"""JSON, for programs; ``docs/reference/firewall.schema.json`` is its schema."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from sigproxy.tools.firewall import Rule
from sigproxy.tools.firewall_formats.paper import Kind, Paper, kind, ranges, remarks

SCHEMA = 1  # a later one may have more members, and never fewer


@dataclass(frozen=True, slots=True)
class Ports:
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Row:
    """A rule. *kind* says what *destination* is: *words* are for people alone. *port* is as the
    other formats have it, *ports* the same as numbers. *as_of*: year-month-day, or ""."""

    direction: str
    source: str
    destination: str
    kind: Kind
    protocol: Literal["TCP", "TCP/TLS", "UDP"]
    port: str
    ports: tuple[Ports, ...]
    purpose: str
    preset: str
    known_from: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Media:
    """How a vendor's audio and video travel, in a sentence."""

    preset: str
    title: str
    how: str


@dataclass(frozen=True, slots=True)
class Document:
    schema: int
    version: str
    gateways: tuple[str, ...]
    rules: tuple[Row, ...]
    media: tuple[Media, ...]
    remarks: tuple[str, ...]


def document(paper: Paper) -> Document:
    return Document(
        SCHEMA,
        paper.version,
        tuple(map(str, paper.gateways)),
        tuple(map(_row, paper.rules)),
        tuple(Media(each.name, each.title, each.media) for each in paper.vendors),
        tuple(" ".join(remark.split()) for remark in remarks(paper.rules)),
    )


def _row(rule: Rule) -> Row:
    return Row(
        direction=rule.direction,
        source=rule.source,
        destination=rule.destination,
        kind=kind(rule.destination),
        protocol=rule.protocol,  # type: ignore[arg-type]  # a Rule's is any text
        port=rule.port,
        ports=tuple(Ports(*each) for each in ranges(rule.port)),
        purpose=rule.purpose,
        preset=rule.preset,
        known_from=rule.known_from,
        as_of=rule.as_of,
    )


def text(paper: Paper) -> str:
    return json.dumps(asdict(document(paper)), indent=2, ensure_ascii=False) + "\n"
