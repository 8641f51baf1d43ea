"""A [turn] that works in a gateway, and what its credentials hold."""

from pathlib import Path
from typing import Any

SECRET, OLD_SECRET = "5f0c9b1e7a3d4826" * 3, "b0f1c2d3e4a59687" * 3
KEY, OLD = "5d41402abc4b2a76", "old-key-of-2025"


def turn_beside(folder: Path) -> dict[str, Any]:
    """Return a [turn] that works, with keys."""
    secret = folder / "turn-secret"
    secret.write_text(f"{SECRET}\n{OLD_SECRET}\n")
    secret.chmod(0o600)
    return {"name": "gw.example", "secret_file": str(secret), "keys": [KEY]}
