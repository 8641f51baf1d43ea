"""The files of contrib/ and conf/examples, with a run's own paths in place of theirs."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.service.process import ROOT

CONTRIB = ROOT / "contrib"
TCP, HTTP2 = CONTRIB / "haproxy" / "tcp.cfg", CONTRIB / "haproxy" / "http2.cfg"
KEEPALIVED = CONTRIB / "keepalived" / "keepalived.conf"
GATEWAY = ROOT / "conf" / "examples" / "fleet.toml"


def filled(file: Path, changes: Mapping[str, str]) -> str:
    """Return *file*'s text with other words; fail if one that is to change is not there."""
    text = file.read_text()
    for old in changes:
        assert old in text, f"{file} has no {old!r}"
    # In one pass, so that two words can change places.
    parts = [text]
    for old in changes:
        parts = [piece for part in parts for piece in _split(part, old, changes)]
    return "".join(changes.get(part, part) for part in parts)


def _split(part: str, old: str, changes: Mapping[str, str]) -> list[str]:
    if part in changes:
        return [part]
    pieces = part.split(old)
    return [each for piece in pieces for each in (old, piece)][1:]


def gateway() -> dict[str, Any]:
    """Return the example of a gateway's configuration."""
    return tomllib.loads(GATEWAY.read_text())
