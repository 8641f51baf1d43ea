"""Raw requests, and the status that RFC 9110 or 9112 demands of each."""

from tests.conformance.cases import fields, framing, lines
from tests.conformance.model import Row

ROWS: tuple[Row, ...] = lines.ROWS + fields.ROWS + framing.ROWS
