"""What aiohttp's parsers complain of: the one place that reads their words."""

from aiohttp.http_exceptions import HttpProcessingError, InvalidHeader


def reason_of(error: Exception) -> str:
    if isinstance(error, InvalidHeader):  # its message is the field's value: a cookie, a token
        return "a field has a forbidden character"
    message = error.message if isinstance(error, HttpProcessingError) else str(error)
    return (message or "not HTTP/1.1").partition(":\n")[0].strip()
