"""Where `sigproxy dev` keeps its authority: for one user, made once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from sigproxy.tools.dev import authority as authorities
from sigproxy.tools.dev import store
from sigproxy.tools.dev.store import Store, Unusable

NOW = datetime.now(UTC)


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "sigproxy")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_authority_is_made_once_and_its_key_is_for_one_user(kept: Store) -> None:
    first, is_new = kept.authority(NOW)
    again, is_new_again = kept.authority(NOW)

    assert (is_new, is_new_again) == (True, False)
    assert first.pem == again.pem == kept.public.read_bytes()
    secret = kept.folder / "authority.pem"
    assert (mode(kept.folder), mode(secret), mode(kept.public)) == (0o700, 0o600, 0o644)


def test_two_that_start_together_have_one_authority(kept: Store) -> None:
    barrier, found = Barrier(8), []

    def start() -> None:
        barrier.wait()
        found.append(kept.authority(NOW)[0].pem)

    threads = [Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert set(found) == {kept.public.read_bytes()}


def test_one_that_is_about_to_end_is_replaced(kept: Store) -> None:
    first, _ = kept.authority(NOW)
    second, is_new = kept.authority(NOW + authorities.VALID)

    assert is_new
    assert first.pem != second.pem == kept.public.read_bytes()


def test_one_whose_key_others_can_read_is_refused(kept: Store) -> None:
    kept.authority(NOW)
    (kept.folder / "authority.pem").chmod(0o640)

    with pytest.raises(Unusable, match=r"other users can read the key .* chmod 600 it, or"):
        kept.authority(NOW)


def test_a_file_that_holds_no_authority_is_named(kept: Store) -> None:
    kept.authority(NOW)
    (kept.folder / "authority.pem").write_text("nothing\n")

    with pytest.raises(Unusable, match=r"authority\.pem: it holds no authority: .*; remove it"):
        kept.authority(NOW)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(Unusable, match=r"data.*: Not a directory; let your user write there, or"):
        Store(tmp_path / "data" / "sigproxy").authority(NOW)


def test_the_leaf_stays_until_it_is_due(kept: Store) -> None:
    authority, _ = kept.authority(NOW)

    def leaf(days: int) -> bytes:
        return kept.leaf(authority, ("localhost",), 8443, NOW + timedelta(days=days)).read_bytes()

    first = leaf(0)
    assert leaf(59) == first
    assert leaf(61) != first
    assert mode(kept.folder / "localhost-8443.pem") == 0o600


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"HOME": "/home/a"}, "/home/a/.local/share/sigproxy/dev"),
        ("linux", {"HOME": "/home/a", "XDG_DATA_HOME": "/data"}, "/data/sigproxy/dev"),
        ("linux", {"HOME": "/home/a", "XDG_DATA_HOME": "x"}, "/home/a/.local/share/sigproxy/dev"),
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Application Support/sigproxy/dev"),
        ("win32", {"LOCALAPPDATA": "/C/a"}, "/C/a/sigproxy/dev"),
    ],
)
def test_the_folder_is_where_each_platform_keeps_data(
    platform: str, environ: dict[str, str], expected: str
) -> None:
    assert store.folder(environ, platform) == Path(expected)
