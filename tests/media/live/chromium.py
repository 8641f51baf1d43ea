"""Chromium inside a client's network, with pages that the gateway's fixed route brings."""

import asyncio
import hashlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.media.live.networks import Namespace
from tests.media.live.servers import NAME
from tests.sdk.browser import ARGUMENTS, LOAD_MS, PROGRAM

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

PAGE = f"https://{NAME}/app/media.html"


@asynccontextmanager
async def page(
    playwright: "Playwright", client: Namespace, directory: Path, certificate: Path, *more: str
) -> AsyncIterator["Page"]:
    """Open the page in a browser that runs inside *client*; *more* are its arguments."""
    async with blank(playwright, client, directory, certificate, *more) as opened:
        await opened.goto(PAGE, timeout=LOAD_MS)
        yield opened


@asynccontextmanager
async def blank(
    playwright: "Playwright",
    client: Namespace,
    directory: Path,
    certificate: Path,
    *more: str,
    **context: Any,
) -> AsyncIterator["Page"]:
    """Open an empty page in such a browser; *context* is for Playwright's."""
    program = directory / f"chromium-{client.name}"
    program.write_text(f'#!/bin/sh\nexec {" ".join(client.prefix)} {PROGRAM} "$@"\n')
    program.chmod(0o700)
    # The network service's TLS for TURN asks for a certificate that is known, as no page does.
    known = f"--ignore-certificate-errors-spki-list={_spki(certificate)}"
    browser = await playwright.chromium.launch(
        executable_path=str(program), args=[*ARGUMENTS, known, *more]
    )
    try:
        opened = await browser.new_context(**({"ignore_https_errors": True} | context))
        yield await opened.new_page()
    finally:
        await browser.close()


async def ran(page: "Page", function: str, wait_s: float, *arguments: Any) -> Any:
    """Call a function of the page's; fail with what it has noted if it does not end."""
    called = f"{function}({', '.join(map(json.dumps, arguments))})"
    try:
        async with asyncio.timeout(wait_s):
            return await page.evaluate(called)
    except TimeoutError:
        noted = await page.evaluate("noted")
        raise AssertionError(f"{called} did not end within {wait_s:g} s: {noted}") from None


def _spki(certificate: Path) -> str:
    """Return the digest of its public key, as Chromium's switch wants it."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(hashlib.sha256(info).digest()).decode()
