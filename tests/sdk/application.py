"""The web application: its pages and scripts, the page shim's tag, and its policy."""

import json
import re
from pathlib import Path

from aiohttp import web

HERE = Path(__file__).parent
TYPES = {".html": "text/html", ".js": "text/javascript"}
REPORTS = "/refused"  # where the browser tells what a page's policy has refused
HEAD = '<meta charset="utf-8">\n'  # of every page; the shim comes right behind it


def policy(gateway: str) -> str:
    """Return the policy of docs/shim.md, narrower: the page may connect to *gateway* alone.

    The suite's own scripts are inline, and evaluate text.
    """
    own = f"'self' https://{gateway}"
    return (
        f"default-src 'none'; connect-src https://{gateway} wss://{gateway}; "
        f"script-src {own} blob: 'unsafe-inline' 'unsafe-eval'; worker-src 'self' blob:; "
        f"img-src {own} data: blob:; media-src {own} data: blob:; font-src data:; "
        f"style-src 'unsafe-inline'; frame-src 'self' blob:; report-uri {REPORTS}"
    )


def served(path: str, shim: str | None, modules: Path) -> web.Response:
    """Return what is at *path*; a page loads *shim*, if there is one, before everything else.

    *shim* is a gateway's name and a route's prefix; *modules* is a folder of npm's.
    """
    for prefix, directory in {"/pages/": HERE / "pages", "/modules/": modules}.items():
        file = directory / path.removeprefix(prefix)
        if path.startswith(prefix) and file.is_file():
            body = file.read_bytes()
            if shim is not None and file.suffix == ".html":
                return _with_shim(body.decode(), shim)
            return web.Response(body=body, content_type=TYPES[file.suffix])
    return web.Response(status=404)


def _with_shim(page: str, shim: str) -> web.Response:
    tag = f'<script src="https://{shim}/-/shim.js"></script>\n'
    text = page.replace(HEAD, HEAD + tag, 1)
    headers = {"Content-Security-Policy": policy(shim.partition("/")[0])}
    return web.Response(text=text, content_type="text/html", headers=headers)


def refusal(report: bytes) -> str:
    """Return what a report of the browser's is about: a directive, and the URL."""
    told = json.loads(report)["csp-report"]
    directive = re.split(r"\s", told.get("effective-directive") or told["violated-directive"])[0]
    return f"{directive}: {told['blocked-uri']}"
