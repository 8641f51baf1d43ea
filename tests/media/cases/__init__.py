"""ICE servers that an SDK does not take as they are, and what becomes of them.

The tests beside this folder hold our checks to them, those in tests/sdk/ice the SDKs themselves.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Case:
    """A *value* for the SDK; *where* and *says* are of the one thing that our check finds.

    *fails* tells who throws: the SDK when it is given the value, or the browser when the SDK makes
    a connection; *says* is then in that message too. If nobody throws, *urls* are those that the
    browser gets.
    """

    value: object
    where: str
    says: str
    fails: Literal["sdk", "browser"] | None = "sdk"
    urls: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.where or 'whole'}: {self.says}"[:70]
