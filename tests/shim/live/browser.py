"""What the suite asks of a browser, whichever it is."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

LOAD_S = 60.0
Console = list[tuple[str, str]]  # level, text


class Failed(Exception):
    """The browser, or a script in it, says that something went wrong."""


class Tab(Protocol):
    @property
    def console(self) -> Sequence[tuple[str, str]]: ...

    async def goto(self, url: str) -> None: ...

    async def evaluate(self, expression: str) -> Any: ...


class Browser(Protocol):
    name: str

    def tab(self) -> AbstractAsyncContextManager[Tab]: ...
