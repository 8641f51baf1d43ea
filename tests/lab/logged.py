"""What the access log says on standard output, where a thread writes it in its own time."""

from dataclasses import dataclass

import pytest

from tests.lab.lab import until


@dataclass
class Log:
    """What the gateway has written to standard output so far."""

    capfd: pytest.CaptureFixture[str]
    text: str = ""

    def lines(self) -> list[str]:
        self.text += self.capfd.readouterr().out
        return [line for line in self.text.splitlines() if " event=" in line or '"event"' in line]

    async def of(self, count: int) -> str:
        await until(lambda: len(self.lines()) >= count)
        return "\n".join(self.lines())
