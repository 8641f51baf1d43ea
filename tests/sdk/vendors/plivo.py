"""Plivo: a SIP registrar on a WebSocket (RFC 7118), a key for statistics, logs, and sounds."""

import io
import re
import wave
from collections.abc import Iterator, Mapping

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("plivo.com",)
COPIED = ("Via", "From", "Call-ID", "CSeq")  # into a response (RFC 3261, 8.2.6.2)
FIELD = re.compile(r"^([\w-]+): *(.*?)\r$", re.MULTILINE)


def answer(received: Received) -> Answer:
    if received.host == "cdn.plivo.com":
        return Answer(body=_silence(), fields={"Content-Type": "audio/wav"})
    return as_json({"data": "key-1", "is_rtp_enabled": True})


def _silence() -> bytes:
    """Return a tenth of a second of sound."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 800, "NONE", ""))
        sound.writeframes(bytes(1600))
    return file.getvalue()


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    """Answer each SIP request with "200 OK", and what is none with nothing.

    A call rings until it is canceled.
    """
    request = str(message)
    fields = dict(FIELD.findall(request))
    method = request.partition(" ")[0]
    if "CSeq" not in fields or method in ("SIP/2.0", "ACK"):
        return
    if method == "INVITE":
        yield _response("100 Trying", fields)
        yield _response("180 Ringing", fields)
        return
    if method == "OPTIONS":  # the SDK takes the connection for alive by this answer alone
        yield _response("404 Not Found", fields)
        return
    is_bound = method == "REGISTER" and "expires=0" not in fields["Contact"]
    yield _response("200 OK", fields, f"Contact: {fields['Contact']}" if is_bound else None)
    if method == "CANCEL":
        call = {**fields, "CSeq": fields["CSeq"].replace("CANCEL", "INVITE")}
        yield _response("487 Request Terminated", call)


def _response(status: str, fields: Mapping[str, str], contact: str | None = None) -> str:
    lines = [f"SIP/2.0 {status}", *(f"{name}: {fields[name]}" for name in COPIED)]
    lines += [f"To: {fields['To']};tag=t1", *filter(None, [contact]), "Content-Length: 0"]
    return "\r\n".join([*lines, "", ""])
