"""The gateway's own error response: JSON, or a page for who opens a URL in a browser."""

import html
import json
from http import HTTPStatus
from string import Template

from sigproxy import remedies
from sigproxy.errors import GatewayError
from sigproxy.semantics import fields as f
from sigproxy.semantics.csp import still_page
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.proxy_status import PSEUDONYM

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:40rem;margin:12vh auto;padding:0 1.2rem}"
    "h1{font-size:1.3rem}small{opacity:.75}code{font-size:.95em}"
)
_PAGE = Template(
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width">\n'
    f"<title>$title</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    "<h1>$title</h1>\n<p>This gateway says: $detail</p>\n<p>For the gateway's operator: $how</p>\n"
    "<p><small><code>$token</code>, request <code>$request_id</code></small></p>\n"
    "</body>\n</html>\n"
)


def error_response(
    error: GatewayError, request_id: str, request: Fields
) -> tuple[list[Field], bytes]:
    """Return the fields and the body of the gateway's own error response (RFC 9209)."""
    if is_navigation(request):
        content, body = _html(error, request_id)
    else:
        content, body = _json(error, request_id)
    own = [(b"Cache-Control", b"no-store"), (b"Proxy-Status", _proxy_status(error))]
    return [*content, *own, *error.fields], body


def is_navigation(request: Fields) -> bool:
    """Return whether a browser will show the response as a document (Fetch Metadata, 2.1)."""
    return f.first(request, b"sec-fetch-dest") == b"document"


def _json(error: GatewayError, request_id: str) -> tuple[list[Field], bytes]:
    body = {"error": error.token, "detail": error.detail, "request_id": request_id}
    return [(b"Content-Type", b"application/json")], json.dumps(body).encode() + b"\n"


def _html(error: GatewayError, request_id: str) -> tuple[list[Field], bytes]:
    texts = {
        "title": f"{error.status} {HTTPStatus(error.status).phrase}",
        "detail": error.detail.rstrip(".") + ".",
        "how": remedies.of(error.token).how,
        "token": error.token,
        "request_id": request_id,
    }
    body = _PAGE.substitute({name: html.escape(text) for name, text in texts.items()})
    # All vendors share the gateway's origin: nothing runs here, whatever the detail quotes (XSS).
    return still_page(_STYLE), body.encode("utf-8", "replace")


def _proxy_status(error: GatewayError) -> bytes:
    details = error.detail.encode("ascii", "replace").decode()
    details = "".join(char if " " <= char <= "~" else "?" for char in details[:200])
    quoted = details.replace("\\", "\\\\").replace('"', '\\"')
    return f'{PSEUDONYM}; error={error.proxy_error}; details="{quoted}"'.encode()
