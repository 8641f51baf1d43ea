"""CSV (RFC 4180): a line of names, then one line for each rule."""

import csv
import io
from dataclasses import astuple, fields

from sigproxy.tools.firewall import Rule
from sigproxy.tools.firewall_formats.paper import Paper


def text(paper: Paper) -> str:
    """Return the lines, each with CRLF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(field.name for field in fields(Rule))
    writer.writerows(map(astuple, paper.rules))
    return out.getvalue()
