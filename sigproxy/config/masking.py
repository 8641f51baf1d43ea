"""Show enough of a wrong value to find it, but never an access key or a password.

Messages get into terminals, logs and tickets. For a setting with secrets, no part of the value is
shown. Other values may contain a secret by mistake: as userinfo, in a query, instead of a host.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sigproxy.policies.keys import looks_like_a_key

MASK = "***"
# Settings whose values are secrets, whole or in part.
SECRET_SETTINGS = frozenset(
    {"keys", "keys_file", "proxy_credentials_file", "request_rate_redis", "secret_file"}
)

_LONGEST = 200  # characters of a value; more would push the remedy off the screen
_SHORTEST_SECRET = 6  # a shorter one could be a word of the message itself
_RUN = re.compile(r"[A-Za-z0-9_~+=-]{8,}")  # at least as long as an access key
_SECRET_NAME = re.compile(r"key|secret|passw|token|redis", re.I)
_STORE = re.compile(r"(?:redis|valkey)s?(?:\+unix)?:", re.I)
_USERINFO = re.compile(r"//(.*)@|^([^/]*)@", re.S)


def quoted(text: str) -> str:
    """Return *text* in quotes, for a message, with possible secrets masked."""
    return repr(masked(text))


def masked(text: str) -> str:
    """Return *text*, on one line, with userinfo, query and generated-looking parts masked."""
    if "-----BEGIN" in text or "\n" in text or _STORE.match(text):
        return MASK
    head, at, tail = text.rpartition("@")
    ends = "?#&;" if at else "?#"
    rest = re.split(f"[{ends}]", tail, maxsplit=1)[0]
    cut = f"{tail[len(rest)]}{MASK}" if rest != tail else ""
    before = f"{head.partition('//')[0]}//{MASK}@" if "//" in head else f"{MASK}@"
    shown = (before if at else "") + _RUN.sub(_generated, rest)
    return (shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}...") + cut


def _generated(run: re.Match[str]) -> str:
    """Mask a run with letters and digits, since few words are like that, or a long number."""
    has_digit = any(each.isdigit() for each in run[0])
    has_letter = any(each.isalpha() for each in run[0])
    return MASK if has_digit and (has_letter or (run[0].isdigit() and len(run[0]) > 11)) else run[0]


def shown_path(path: Path) -> str:
    """Return *path*, or "the file" if it is a file's content or a key by mistake."""
    text = str(path)
    is_key = looks_like_a_key(text.encode(errors="replace"))
    return "the file" if is_key or _is_content(text) else text


def shown_secret_path(path: Path) -> str:
    """Return *path*, or "the file" where the secret itself may stand in its place.

    A secret in base64 may look like a path: one that begins with "/", has no digit or lies in a
    folder that there is can hardly be one.
    """
    text = str(path)
    is_word = re.fullmatch(r"/[A-Za-z._/-]+", text) is not None
    is_path = path.is_absolute() and "\n" not in text and (is_word or path.parent.is_dir())
    return text if is_path and path.parent != Path("/") else "the file"


def shown_source(path: Path) -> str:
    """Return *path* of the configuration, or "the configuration" if it is the text by mistake."""
    return "the configuration" if _is_content(str(path)) else str(path)


def _is_content(text: str) -> bool:
    return "\n" in text or "-----BEGIN" in text or re.search(r":/.*@", text) is not None


def may_show_name(name: str, *, is_near: bool) -> bool:
    """Return whether an unknown setting's *name* is a typing error, and not a secret."""
    if is_near:
        return not any(each.isdigit() for each in name)
    return re.fullmatch(r"[a-z_]{1,7}", name, re.I | re.A) is not None


def secrets(document: Any, name: str = "") -> Iterator[str]:
    """Yield the access keys and passwords in *document*, which may have any shape."""
    for value in _children(document):
        inner, content = value if isinstance(value, tuple) else (name, value)
        if isinstance(content, str):
            yield from _secrets_of(inner, content)
        else:
            yield from secrets(content, inner)


def _children(holder: Any) -> Iterable[Any]:
    if isinstance(holder, dict):
        return [(str(key), value) for key, value in holder.items()]
    return holder if isinstance(holder, list) else ()


def _secrets_of(name: str, text: str) -> Iterator[str]:
    if userinfo := _USERINFO.search(text):
        user, colon, password = (userinfo[1] or userinfo[2] or "").partition(":")
        yield password if colon else user
    elif name == "keys_file":
        yield text if looks_like_a_key(text.encode(errors="replace")) else ""
    elif name in ("secret_file", "proxy_credentials_file"):
        yield "" if shown_secret_path(Path(text)) == text else text
    elif _SECRET_NAME.search(name) and "redis" not in name and name != "private_key":
        yield from text.split()


class Redaction:
    """Masks known secrets anywhere in messages."""

    def __init__(self, known: Iterable[str]) -> None:
        spelled = {each for each in known if len(each) >= _SHORTEST_SECRET}
        spelled |= {repr(each)[1:-1] for each in spelled}
        longest_first = sorted(spelled, key=len, reverse=True)
        pattern = "|".join(map(re.escape, longest_first))
        self._pattern = re.compile(pattern, re.I) if pattern else None

    def __repr__(self) -> str:
        return "Redaction()"

    def __call__(self, message: str) -> str:
        return message if self._pattern is None else self._pattern.sub(MASK, message)
