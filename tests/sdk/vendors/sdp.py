"""An answer to an offer (RFC 8829, 5.3), of a peer that takes everything and is nowhere."""

import re

_OWN = {
    r"(?m)^a=setup:.*\r$": "a=setup:active\r",
    r"(?m)^a=ice-ufrag:.*\r$": "a=ice-ufrag:peer\r",
    r"(?m)^a=ice-pwd:.*\r$": "a=ice-pwd:0123456789012345678901234\r",
    r"(?m)^a=(candidate|end-of-candidates|msid|ssrc|ssrc-group)\b.*\r\n": "",
}


def answer(offer: str) -> str:
    for pattern, text in _OWN.items():
        offer = re.sub(pattern, text, offer)
    return offer
