"""The secrets that a TURN server shares: one in a line, the first of them signs.

Empty lines and those that start with "#" are skipped, as in a file of keys. Nothing of the content
is ever repeated, whatever is wrong with it.
"""

import re
import stat
from pathlib import Path

from sigproxy.config.account import is_open_to_all
from sigproxy.config.masking import shown_secret_path
from sigproxy.config.problem import Invalid
from sigproxy.config.text import decoded, read_whole

# As long as 128 bits in hexadecimal: whoever has one credential can try secrets against it at home,
# as fast as a machine computes SHA-1.
MIN_LENGTH = 32
MAX_LENGTH = 256
MAKE_ONE = "`openssl rand -hex 32` makes one"
# coturn reads its file line by line, without spaces at the ends.
_SECRET = re.compile(r"[\x21-\x7e]+\Z")


def read(path: Path) -> tuple[bytes, ...]:
    """Return the secrets in the file at *path*, in its order; raise Invalid."""
    shown = shown_secret_path(path)
    try:
        _check_mode(path)
        text = decoded(read_whole(path))
    except OSError as error:
        remedy = f"create it with a secret in a line ({MAKE_ONE}), readable for this user"
        raise Invalid(f"{shown} cannot be read: {error.strerror}", remedy) from None
    except Invalid as invalid:
        raise Invalid(f"{shown} {invalid.what}", invalid.remedy) from None
    lines = [(number, line.strip(" \t")) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if not lines:
        raise Invalid(f"{shown} holds no secret", f"write one in a line; {MAKE_ONE}")
    for number, line in lines:
        _check(line, f"{shown}, line {number}")
    return tuple(line.encode() for _, line in lines)


def _check_mode(path: Path) -> None:
    if is_open_to_all(path, stat.S_IROTH | stat.S_IWOTH):
        raise Invalid(
            "is open to every user of this machine, who could make credentials",
            "chmod 640 it (in Kubernetes: defaultMode: 0440 in the volume), and make a new secret "
            "if others had a login",
        )


def _check(secret: str, where: str) -> None:
    if _SECRET.match(secret) is None:
        raise Invalid(
            f"{where}: a secret has a space, or a character outside ASCII", f"make one: {MAKE_ONE}"
        )
    if not MIN_LENGTH <= len(secret) <= MAX_LENGTH:
        raise Invalid(
            f"{where}: a secret of {len(secret)} characters is too "
            f"{'short' if len(secret) < MIN_LENGTH else 'long'}",
            f"use {MIN_LENGTH} to {MAX_LENGTH}; {MAKE_ONE}",
        )
