"""Read text files as editors save them: UTF-8, with or without a byte order mark."""

import codecs
import stat
from pathlib import Path

from sigproxy.config.problem import Invalid

_REMEDY = "save it as UTF-8 (PowerShell: Out-File -Encoding utf8)"
LARGEST_MIB = 16  # far more than any of these files needs; /dev/zero never ends
_MARKS = {  # the mark of UTF-32 begins like that of UTF-16: the longer one first
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def read_whole(path: Path, *, stream: bool = False) -> bytes:
    """Return the content of *path*; raise OSError, or Invalid if it is not a file or too large.

    *stream* also allows pipes and terminals: shells create a pipe for ``<(command)``.
    """
    mode = path.stat().st_mode
    is_stream = stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or (stream and is_stream)):
        raise Invalid("is not a regular file", "name a file")
    with path.open("rb") as file:
        content = file.read(LARGEST_MIB * 1024**2 + 1)
    if len(content) > LARGEST_MIB * 1024**2:
        raise Invalid(f"has more than {LARGEST_MIB} MiB", "name another file")
    return content


def check_encoding(raw: bytes) -> None:
    """Raise Invalid if *raw* is text in another encoding, such as that of PowerShell's ">"."""
    for mark, name in _MARKS.items():
        if raw.startswith(mark):
            raise Invalid(f"is {name} and not UTF-8", _REMEDY)
    if len(raw) > 1 and 0 in raw[:2] and raw[:2] != b"\0\0":
        raise Invalid("is UTF-16 (without a byte order mark) and not UTF-8", _REMEDY)


def decoded(raw: bytes) -> str:
    """Return the text of *raw*, without its byte order mark; raise Invalid if it is not UTF-8."""
    check_encoding(raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what, remedy = f"is not UTF-8 at byte {error.start}", "save it in that encoding"
        raise Invalid(what, remedy) from None
    if "\r" in text and "\n" not in text:
        raise Invalid("has lines that end in CR alone", "save it with LF or CRLF at line ends")
    return text
