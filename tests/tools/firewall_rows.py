"""What ``sigproxy firewall`` prints, for its tests."""

import csv
import io

from click.testing import CliRunner, Result

from sigproxy.cli import main
from sigproxy.tools.firewall import Rule


def ran(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["firewall", *arguments])
    assert result.exit_code == 0, result.output
    return result


def rows(*arguments: str) -> list[Rule]:
    text = ran(*arguments, "--format", "csv").stdout_bytes.decode()
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    assert header == [
        "direction",
        "source",
        "destination",
        "protocol",
        "port",
        "purpose",
        "preset",
        "known_from",
        "as_of",
    ]
    return [Rule(*line) for line in lines]
