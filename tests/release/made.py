"""What a release consists of."""

import tarfile
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from functools import cached_property
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]
URL = "https://git.example/you/sigproxy"


@dataclass
class Made:
    """*folder* has the files, *said* is what making them printed."""

    folder: Path
    said: str

    def file(self, ending: str) -> Path:
        [found] = self.folder.glob(f"*{ending}")
        return found

    @property
    def wheel(self) -> Path:
        return self.file(".whl")

    @cached_property
    def in_wheel(self) -> dict[str, bytes]:
        with ZipFile(self.wheel) as file:
            return {each.filename: file.read(each) for each in file.infolist()}

    @cached_property
    def in_archive(self) -> dict[str, bytes]:
        """The files of the sources, by their names below the folder in the archive."""
        found = {}
        with tarfile.open(self.file(".tar.gz")) as file:
            for member in file:
                if (content := file.extractfile(member)) is not None:
                    found[member.name.partition("/")[2]] = content.read()
        return found

    @property
    def metadata(self) -> Message:
        [name] = [each for each in self.in_wheel if each.endswith(".dist-info/METADATA")]
        return message_from_bytes(self.in_wheel[name])
