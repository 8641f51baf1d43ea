"""Read the messages of aiohttp's parsers; no other module depends on their wording."""

from aiohttp.http_exceptions import HttpProcessingError, InvalidHeader


def reason_of(error: Exception) -> str:
    if isinstance(error, InvalidHeader):  # its message has the field's value: a cookie, a token
        return "a field has a forbidden character"
    message = error.message if isinstance(error, HttpProcessingError) else str(error)
    return (message or "not HTTP/1.1").partition(":\n")[0].strip()
