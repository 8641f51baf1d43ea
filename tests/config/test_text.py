"""Text files as Windows saves them: marks, UTF-16, CR and LF; and what is no file at all."""

import codecs
import os
import threading
from pathlib import Path

import pytest

from sigproxy.config import ConfigError, load, preflight

MARK = codecs.BOM_UTF8
SETTINGS = '[server]\nworkers = 3\n[[route]]\ntargets = ["api.example.com"]\n'
KEY = "2d711642b726b04401627ca9fbac32f5"


def refused(file: Path) -> str:
    with pytest.raises(ConfigError) as error:
        load(file, {})
    [problem] = error.value.problems
    return str(problem).removeprefix(f"{file}: ")


@pytest.mark.parametrize(
    "content",
    [
        MARK + SETTINGS.encode(),
        MARK + SETTINGS.replace("\n", "\r\n").encode(),
        SETTINGS.replace("\n", "\r\n").encode(),
    ],
    ids=["mark", "mark and CRLF", "CRLF"],
)
def test_a_configuration_from_windows(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert load(file, {}).server.workers == 3


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16 (without a byte order mark)"),
        ("utf-16-le", "UTF-16 (without a byte order mark)"),
        ("utf-32", "UTF-32"),
    ],
)
def test_another_encoding_is_named(file: Path, encoding: str, name: str) -> None:
    file.write_bytes(SETTINGS.encode(encoding))
    assert refused(file) == (
        f"file: is {name} and not UTF-8; save it as UTF-8 (PowerShell: Out-File -Encoding utf8)"
    )


def test_lines_that_end_in_cr_alone(file: Path) -> None:
    file.write_text(SETTINGS.replace("\n", "\r"), newline="")
    assert refused(file) == (
        "file: has lines that end in CR alone; save it with LF or CRLF at line ends"
    )


def test_deep_nesting(file: Path) -> None:
    file.write_text(f"x = {'[' * 5000}{']' * 5000}\n")
    assert refused(file) == "file: is nested too deeply; remove the inner brackets"


@pytest.mark.parametrize("name", ["SERVER__CERTIFICATE", "UPSTREAM__CA_FILE", "keys_file"])
@pytest.mark.parametrize("special", ["/dev/zero", "fifo"])
def test_what_never_ends_is_not_read(file: Path, name: str, special: str) -> None:
    path = special
    if special == "fifo":
        path = str(file.with_name("fifo"))
        os.mkfifo(path)
    if name == "keys_file":
        file.write_text(f'[[route]]\nkeys_file = "{path}"')
        assert f"{path} is not a regular file; " in refused(file)
        return
    [problem] = preflight(load(None, {f"SIGPROXY_{name}": path}), bind=False)
    assert f"{path} is not a regular file; name the certificate's PEM file" in str(problem)


def test_a_configuration_without_an_end(file: Path) -> None:
    file.symlink_to("/dev/zero")
    assert refused(file) == "file: has more than 16 MiB; name another file"


def test_a_configuration_from_a_pipe(file: Path) -> None:
    """What shells make of ``--config <(command)``."""
    os.mkfifo(file)
    writer = threading.Thread(target=lambda: file.write_text(SETTINGS))
    writer.start()
    assert load(file, {}).server.workers == 3
    writer.join()


@pytest.mark.parametrize(
    "content",
    [
        MARK + f"{KEY}\r\n".encode(),
        f"# since May\r\n\r\n{KEY}\r\n".encode(),
        MARK + b"# from one file\r\n" + MARK + f"{KEY}\r\n".encode(),
    ],
)
def test_keys_from_windows(file: Path, content: bytes) -> None:
    keys = file.with_name("keys")
    keys.write_bytes(content)
    file.write_text(f'[[route]]\nkeys_file = "{keys}"')
    assert load(file, {}).route[0].keys == (KEY,)


def test_keys_in_utf16(file: Path) -> None:
    keys = file.with_name("keys")
    keys.write_text(KEY, encoding="utf-16")
    file.write_text(f'[[route]]\nkeys_file = "{keys}"')
    assert f"keys_file: {keys} is UTF-16 and not UTF-8; save it as UTF-8" in refused(file)
