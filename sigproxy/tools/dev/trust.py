"""The commands by which systems and browsers learn to trust the authority of ``sigproxy dev``."""

import shlex
from dataclasses import dataclass
from pathlib import Path

NICKNAME = "sigproxy-dev"


@dataclass(frozen=True, slots=True)
class Way:
    """For one system or browser: the lines of a shell, and what is to be known beside them."""

    title: str
    commands: tuple[str, ...]
    remark: str = ""


def ways(file: Path) -> tuple[Way, ...]:
    """Return how to trust the certificate in *file*, for each system and browser."""
    quoted = shlex.quote(str(file))
    nss = f'-A -t "C,," -n {NICKNAME} -i {quoted}'
    return (
        Way(
            "Chromium, Chrome and Edge on Linux",
            (
                "sudo apt-get install libnss3-tools",
                'mkdir -p "$HOME/.pki/nssdb"',
                'certutil -d "sql:$HOME/.pki/nssdb" -L >/dev/null 2>&1 || '
                'certutil -d "sql:$HOME/.pki/nssdb" -N --empty-password',
                f'certutil -d "sql:$HOME/.pki/nssdb" {nss}',
            ),
            "They do not read the system's store. Restart the browser then.",
        ),
        Way(
            "Firefox",
            (
                'for profile in "$HOME"/.mozilla/firefox/*/cert9.db "$HOME/Library/Application '
                'Support/Firefox/Profiles"/*/cert9.db; do',
                f'    [ ! -e "$profile" ] || certutil -d "sql:${{profile%/cert9.db}}" {nss}',
                "done",
            ),
            "Linux (libnss3-tools) and macOS (brew install nss), with Firefox closed. Or in its "
            "settings: Privacy & Security, View Certificates, Authorities, Import. On Windows it "
            "takes what Windows trusts.",
        ),
        Way(
            "macOS: Safari, Chrome, Edge",
            (
                "security add-trusted-cert -r trustRoot "
                f'-k "$HOME/Library/Keychains/login.keychain-db" {quoted}',
            ),
        ),
        Way(
            "Windows: Chrome, Edge, Firefox",
            (f'certutil -user -addstore Root "{file}"',),
            "Where the gateway runs in WSL, copy the file to a folder of Windows first.",
        ),
        Way(
            "Debian and Ubuntu: curl, Python and other programs",
            (
                f"sudo install -m 0644 {quoted} /usr/local/share/ca-certificates/{NICKNAME}.crt",
                "sudo update-ca-certificates",
            ),
            f"Node has a variable of its own: NODE_EXTRA_CA_CERTS={quoted}",
        ),
    )


def text(found: tuple[Way, ...]) -> str:
    """Return *found* for a terminal."""
    blocks = []
    for way in found:
        lines = [way.title, *(f"    {line}" for line in way.commands)]
        blocks.append("\n".join([*lines, *([f"  {way.remark}"] if way.remark else [])]))
    return "\n\n".join(blocks)
