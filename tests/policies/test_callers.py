"""Who may call an own page with keys: a table of who comes, and what a refusal says."""

from dataclasses import replace

import pytest

from sigproxy.errors import KeyRefused, OriginRefused, PolicyError
from sigproxy.policies.callers import Callers, bearer
from sigproxy.policies.cors import Cors, CorsPolicy
from sigproxy.policies.keys import KeyPolicy
from sigproxy.semantics.fields import Fields

KEY, OTHER = "5d41402abc4b2a76", "old-key-of-2025"
PAGE, NOBODY = Cors(b"https://app.example", any_origin=False), Cors(None, any_origin=False)
KEYED = Callers("/-/page", "[page]", "what it has", KeyPolicy.of(KEY), CorsPolicy())
LISTED = replace(KEYED, keys=KeyPolicy(), admits_origins=True)
BOTH = replace(KEYED, admits_origins=True)
OPEN = replace(KEYED, keys=KeyPolicy(), is_open=True)


@pytest.mark.parametrize(
    ("callers", "key", "cors", "refusal"),
    [
        (KEYED, KEY, NOBODY, None),
        (KEYED, KEY, PAGE, None),
        (KEYED, OTHER, NOBODY, KeyRefused),
        (KEYED, "", NOBODY, KeyRefused),
        (KEYED, "", PAGE, KeyRefused),
        (LISTED, "", PAGE, None),
        (LISTED, OTHER, PAGE, None),  # there are no keys that it could be wrong among
        (LISTED, "", NOBODY, OriginRefused),
        (LISTED, OTHER, NOBODY, OriginRefused),
        (BOTH, "", PAGE, None),
        (BOTH, KEY, NOBODY, None),
        (BOTH, OTHER, PAGE, KeyRefused),
        (BOTH, "", NOBODY, KeyRefused),
        (OPEN, "", NOBODY, None),
        (OPEN, OTHER, PAGE, None),
    ],
)
def test_who_is_admitted(
    callers: Callers, key: str, cors: Cors, refusal: type[PolicyError] | None
) -> None:
    if refusal is None:
        callers.admit(key.encode(), cors)
        return
    with pytest.raises(refusal) as refused:
        callers.admit(key.encode(), cors)
    assert OTHER not in refused.value.detail
    assert "/-/page" in refused.value.detail or "[page]" in refused.value.detail


def test_a_key_alone_is_judged_where_there_are_keys() -> None:
    KEYED.admit_key(KEY.encode())
    LISTED.admit_key(OTHER.encode())
    with pytest.raises(KeyRefused):
        KEYED.admit_key(OTHER.encode())


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("Bearer abc", b"abc"),
        ("bearer  abc ", b"abc"),
        ("Basic abc", b""),
        ("abc", b""),
        ("", b""),
    ],
)
def test_a_bearers_token(value: str, token: bytes) -> None:
    assert bearer(Fields([(b"Authorization", value.encode())])) == token
    assert bearer(Fields([])) == b""
