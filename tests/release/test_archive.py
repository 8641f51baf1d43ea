"""Archives that depend on their files alone."""

import gzip
import io
import tarfile

from release_tools import archive

FILES = {"x/a.txt": b"one", "x/b.txt": b"two"}


def packed(names: list[str], *, owner: str, mode: int, mtime: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        folder = tarfile.TarInfo("x")
        folder.type, folder.mode, folder.mtime, folder.uname = tarfile.DIRTYPE, 0o700, mtime, owner
        file.addfile(folder)
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(FILES[name]), mode, mtime
            member.uname, member.uid = owner, 1000
            file.addfile(member, io.BytesIO(FILES[name]))
    return out.getvalue()


def test_who_packs_when_and_in_which_order_does_not_show() -> None:
    one = packed(["x/a.txt", "x/b.txt"], owner="moni", mode=0o600, mtime=1)
    other = packed(["x/b.txt", "x/a.txt"], owner="root", mode=0o664, mtime=2)
    assert one != other
    assert archive.normalised(one, 77) == archive.normalised(other, 77)
    assert archive.normalised(one, 77) != archive.normalised(one, 78)


def test_the_files_are_whole_and_anybody_may_read_them() -> None:
    result = archive.normalised(packed([*FILES], owner="moni", mode=0o600, mtime=1), 77)
    with tarfile.open(fileobj=io.BytesIO(result)) as file:
        members = file.getmembers()
        read = {each.name: file.extractfile(each).read() for each in members if each.isfile()}  # type: ignore[union-attr]
    assert read == FILES
    assert {(each.mode, each.mtime, each.uid, each.uname) for each in members} == {
        (0o755, 77, 0, ""),
        (0o644, 77, 0, ""),
    }
    assert gzip.decompress(result)
