"""Find access keys in a text, at a cost that does not grow with the number of keys.

Keys are found in every form that people and programs write: in upper or lower case, since hosts
are lower-cased; percent-encoded, in part and repeatedly; and within a longer run of characters,
since typing errors leave them there ("<key>x", "acs-<key>").

At each position in a run of key characters, the next eight (the length of the shortest key) are
looked up. Only if some key begins with them is the text compared with whole keys.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Self
from urllib.parse import unquote

from sigproxy.policies.keys import MIN_LENGTH
from sigproxy.semantics.fields import Fields

HIDDEN = "-"

_RUN = re.compile(rf"[A-Za-z0-9_~-]{{{MIN_LENGTH},}}")
# A key character, or one that was percent-encoded once or more: "A", "%41", "%2541", "%252541".
_CHARACTER = r"[A-Za-z0-9_~-]|%(?:25)*(?:2[Dd]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])"
_ENCODED = re.compile(_CHARACTER)
ENCODED_RUN = re.compile(rf"(?:{_CHARACTER}){{{MIN_LENGTH},}}")
_FRONT_BYTES = 1024
_MOST_ENCODINGS = 3  # of one text; proxies and SDKs have been seen to encode twice
# These frame a message, or are the client's own credentials and state, sent on purpose.
_NOT_LOOKED_INTO = frozenset(
    {
        b"authorization",
        b"connection",
        b"content-length",
        b"content-type",
        b"cookie",
        b"host",
        b"transfer-encoding",
        b"upgrade",
    }
)


class KeyIndex:
    """The access keys of every route, for finding and hiding them; false if there are none."""

    __slots__ = ("_keys", "_lengths", "_sorted")

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._keys = frozenset(key.lower() for key in keys)
        self._sorted = sorted(self._keys)
        lengths: dict[str, set[int]] = {}
        for key in self._keys:
            lengths.setdefault(key[:MIN_LENGTH], set()).add(len(key))
        # The longest first: one key may begin with another.
        self._lengths = {head: tuple(sorted(each, reverse=True)) for head, each in lengths.items()}

    @classmethod
    def of(cls, keys: Iterable[bytes]) -> Self:
        return cls(key.decode() for key in keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def is_in(self, url: bytes) -> bool:
        """Return whether *url*, which may lack its beginning, contains a key.

        In the first _FRONT_BYTES of host and path, a key is found anywhere, as typing errors leave
        it. After that, and in the query, only whole runs are compared: fast, however long it is.
        """
        if not self._keys:
            return False
        path, _, query = url.partition(b"?")
        front, rest = path[:_FRONT_BYTES], path[_FRONT_BYTES:]
        runs = set(_RUN.findall(_readings(front)))
        return (
            any(self._begins_in(run) and self._spans(run) for run in runs)
            or (bool(rest) and self._holds(path))
            or self._holds(query)
        )

    def names(self, fields: Fields) -> frozenset[bytes]:
        """Return the names, in lower case, of the fields that contain a key.

        Only whole runs are compared: fields have long tokens, and in a URL slashes delimit a key.
        """
        if not self._keys:
            return _NOTHING
        looked_into = [
            (name.lower(), value)
            for name, value in fields
            if len(value) >= MIN_LENGTH and name.lower() not in _NOT_LOOKED_INTO
        ]
        if not self._holds(b"\n".join([value for _, value in looked_into])):
            return _NOTHING
        return frozenset(name for name, value in looked_into if self._holds(value))

    def _holds(self, text: bytes) -> bool:
        return not self._keys.isdisjoint(_RUN.findall(_readings(text).lower()))

    def hidden_in(self, text: str, *, is_cut: bool = False) -> str:
        """Return *text* with "-" for each key.

        *is_cut*: the text was shortened somewhere, so the beginning of a key counts as a key.
        """
        if not self._keys:
            return text
        if "%" in text:
            return ENCODED_RUN.sub(lambda each: self._shown(each[0], is_cut), text)
        for run in _RUN.findall(text):
            if self._begins_in(run):
                return _RUN.sub(lambda each: self._shown(each[0], is_cut), text)
        return text

    def _begins_in(self, run: str) -> bool:
        """Return whether the first MIN_LENGTH characters of any key are in *run*."""
        heads, low = self._lengths, run.lower()
        for start in range(len(low) - MIN_LENGTH + 1):
            if low[start : start + MIN_LENGTH] in heads:
                return True
        return False

    def _shown(self, run: str, is_cut: bool) -> str:
        characters = _ENCODED.findall(run) if "%" in run else run
        plain = run
        if characters is not run:
            plain = "".join(
                each if len(each) == 1 else chr(int(each[-2:], 16)) for each in characters
            )
        shown, done = [], 0
        for start, end in self._spans(plain, is_cut):
            shown += [*characters[done:start], HIDDEN]
            done = end
        return "".join([*shown, *characters[done:]]) if done else run

    def _spans(self, run: str, is_cut: bool = False) -> list[tuple[int, int]]:
        """Return (start, end) of each key in *run*, a run of key characters, from the left."""
        low, found, start = run.lower(), [], 0
        while start <= len(low) - MIN_LENGTH:
            lengths = self._lengths.get(low[start : start + MIN_LENGTH])
            end = self._end(low, start, lengths, is_cut) if lengths else 0
            if end:
                found.append((start, end))
            start = end or start + 1
        return found

    def _end(self, low: str, start: int, lengths: tuple[int, ...], is_cut: bool) -> int:
        """Return where the key that begins at *start* ends; 0 if none does."""
        for length in lengths:
            if low[start : start + length] in self._keys:
                return start + length
        return len(low) if is_cut and self._is_beginning(low[start:]) else 0

    def _is_beginning(self, text: str) -> bool:
        place = bisect_left(self._sorted, text)
        return place < len(self._sorted) and self._sorted[place].startswith(text)


NO_KEYS = KeyIndex()
_NOTHING: frozenset[bytes] = frozenset()


def _readings(text: bytes) -> str:
    """Return *text*, followed by the text percent-decoded once, twice and so on."""
    readings = [text.decode("latin-1")]
    while "%" in readings[-1] and len(readings) <= _MOST_ENCODINGS:
        readings.append(unquote(readings[-1], "latin-1"))
    return "\n".join(readings)
