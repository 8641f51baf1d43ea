"""Archives whose bytes depend on their files alone, not on who packs them, where and when."""

import gzip
import io
import tarfile

_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


def normalised(packed: bytes, epoch: int) -> bytes:
    """Return a .tar.gz with the files of *packed*, sorted, and of nobody; *epoch* is their time."""
    bare = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as source,
        tarfile.open(fileobj=bare, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for member in sorted(source.getmembers(), key=lambda each: each.name):
            clean = tarfile.TarInfo(member.name)
            clean.type, clean.size, clean.mtime = member.type, member.size, epoch
            clean.mode = _FOLDER_MODE if member.isdir() else _FILE_MODE
            target.addfile(clean, source.extractfile(member))
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=epoch) as file:
        file.write(bare.getvalue())
    return out.getvalue()
