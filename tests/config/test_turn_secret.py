"""The secret of [turn]: where it may be, how each fault reads, and that it is in no message."""

from pathlib import Path

import pytest

from sigproxy.config.masking import shown_secret_path
from tests.config.turn import KEY, SECRET, loaded, refused, turn, written

pytestmark = pytest.mark.usefixtures("secret")

MAKE_ONE = "`openssl rand -hex 32` makes one"


def test_several_secrets_in_their_order(file: Path) -> None:
    second = SECRET[::-1]
    written(file.with_name("secret"), f"\ufeff# since May\n\n  {second}\r\n{SECRET}\n")
    found = loaded(file, turn(file)).turn
    assert found is not None
    assert found._secrets == (second.encode(), SECRET.encode())


def test_settings_show_neither_key_nor_secret(file: Path) -> None:
    settings = loaded(file, turn(file))
    shown = (
        f"{settings!r} {settings} {settings.turn!r} {settings.model_dump_json(exclude={'turn'})}"
    )
    assert SECRET not in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        ("", 0o600, f"secret holds no secret; write one in a line; {MAKE_ONE}"),
        ("# soon\n", 0o600, f"secret holds no secret; write one in a line; {MAKE_ONE}"),
        (
            SECRET[:31],
            0o600,
            f"secret, line 1: a secret of 31 characters is too short; use 32 to 256; {MAKE_ONE}",
        ),
        (
            f"{SECRET}\n# old\n{SECRET * 5}",
            0o600,
            f"secret, line 3: a secret of 320 characters is too long; use 32 to 256; {MAKE_ONE}",
        ),
        (
            f"{SECRET} {SECRET}",
            0o600,
            "secret, line 1: a secret has a space, or a character outside ASCII; make one: "
            + MAKE_ONE,
        ),
        (f"{SECRET}ü", 0o600, "secret, line 1: a secret has a space, or a character outside ASCII"),
        (
            SECRET,
            0o644,
            "secret is open to every user of this machine, who could make credentials; chmod 640 "
            "it (in Kubernetes: defaultMode: 0440 in the volume), and make a new secret if others "
            "had a login",
        ),
        (SECRET, 0o642, "secret is open to every user of this machine"),
    ],
)
def test_a_faulty_secret(file: Path, content: str, mode: int, problem: str) -> None:
    written(file.with_name("secret"), content, mode)
    [found] = refused(file, turn(file))
    assert found.startswith(f"gateway.toml: turn.secret_file: {problem}")
    assert SECRET[:8] not in found


def test_a_missing_secret(file: Path) -> None:
    assert refused(file, turn(file, secret_file="'/nowhere/turn-secret'")) == [
        "gateway.toml: turn.secret_file: /nowhere/turn-secret cannot be read: No such file or "
        f"directory; create it with a secret in a line ({MAKE_ONE}), readable for this user"
    ]


def test_a_folder_for_a_secret(file: Path) -> None:
    [found] = refused(file, turn(file, secret_file=f"'{file.parent}'"))
    assert "Is a directory" in found or "is open to every user" in found


BASE64 = "/3q2+7w/A9f8d7s6a5Zx/cV4bN3m2QwErTyUiOpAsDfGh="

SECRETS = [SECRET, BASE64, BASE64[1:], f"{SECRET}\\n{SECRET}"]


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        *(
            (key, secret)
            for key in ("secret_file", "secret", "name", "relay")
            for secret in SECRETS
        ),
        *(("secret_file", "hunter2!"), ("secret", "hunter2!"), ("keys_file", SECRET)),
        *(("realm", f"{SECRET} "), ("secret_key", SECRET), ("modes", SECRET), ("ttl_s", SECRET)),
    ],
)
def test_a_secret_in_another_place(file: Path, key: str, secret: str) -> None:
    said = "\n".join(refused(file, turn(file, **{key: f'"{secret}"'})))
    assert "turn." in said
    for part in secret.split("\\n"):
        assert part.strip() not in said, said


@pytest.mark.parametrize(
    ("path", "is_shown"),
    [
        ("/etc/sigproxy/turn-secret", True),
        ("/nowhere/turn_secret.txt", True),
        ("/nowhere2/secret", False),
        ("/tmp/secret2", True),
        ("/secret", False),
        ("secret", False),
        (BASE64, False),
    ],
)
def test_what_may_be_a_secret_is_no_path(path: str, is_shown: bool) -> None:
    assert shown_secret_path(Path(path)) == (path if is_shown else "the file")
