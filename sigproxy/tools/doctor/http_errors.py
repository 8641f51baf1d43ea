"""What went wrong with HTTP, in a sentence: aiohttp's own has a server's bytes, and the URL."""

import aiohttp


def sentence(error: aiohttp.ClientError | OSError) -> str:
    match error:
        case aiohttp.ClientConnectorError():
            return error.os_error.strerror or "it cannot be reached"
        case aiohttp.ClientHttpProxyError():
            return f"the HTTP proxy answers {error.status} to CONNECT"
        case aiohttp.ClientResponseError():
            return "what comes back is not HTTP"
        case aiohttp.ServerDisconnectedError():
            return "the connection is closed without an answer"
        case aiohttp.ClientPayloadError():
            return "the answer is cut short, or not HTTP"
        case ConnectionResetError() if error.args and isinstance(error.args[0], str):
            return error.args[0]  # our own words, of a WebSocket
        case ConnectionResetError():
            return "the connection is cut"
        case OSError() if error.strerror:
            return error.strerror
    return type(error).__name__
