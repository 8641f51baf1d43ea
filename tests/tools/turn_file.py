"""A configuration with [turn], for the tests of commands."""

from pathlib import Path

SECRET = "5f0c9b1e7a3d4826" * 3
OTHER_SECRET = "a81c60fe27b49d35" * 3


def written(folder: Path, turn: str = "", more: str = "") -> Path:
    """Write a configuration whose [turn] has *turn* too, and return its path."""
    secret = folder / "turn-secret"
    secret.write_text(f"{SECRET}\n{OTHER_SECRET}\n")
    secret.chmod(0o600)
    file = folder / "sigproxy.toml"
    own = f'name = "turn.hospital.example"\nsecret_file = "{secret}"\nopen = true'
    if "addresses" not in turn:
        own += '\naddresses = ["192.0.33.5"]'
    file.write_text(f"{more}\n[turn]\n{own}\n{turn}\n")
    return file
