"""Laws that hold for every SDK: what is rendered is right by its rules, and any harm is found."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors.media import ModeRefused
from sigproxy.media.offer import FORCED, MODES
from sigproxy.media.sdks import SDKS
from sigproxy.policies.turn import Turn
from sigproxy.semantics.ice import SCHEMES
from sigproxy.semantics.ice_servers import url_findings
from tests.media.samples import CREDENTIAL, TURN, turns

Path = tuple[str | int, ...]

# Members that an SDK does without.
OPTIONAL = {
    *("iceTransportPolicy", "placement", "includeServers", "transportPolicy"),
    *("udpPort", "udpport", "tcpport", "forceturn", "security"),
}
# What carries UDP, TCP and TLS alike, or cannot be told to: a forced mode is refused.
REFUSED = {
    *(("acs-android", "tls"), ("acs-ios", "tls"), ("acs-windows", "tls")),
    *(("agora-legacy", "udp"), ("agora-legacy", "tls"), ("nertc", "udp"), ("nertc", "tls")),
}
PAIRS = [(sdk, mode) for sdk in SDKS for mode in MODES if (sdk, mode) not in REFUSED]


def elements(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, each in inside:
        yield from elements(each, (*path, key))


def changed(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    whole = deepcopy(value)
    place = whole
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = new
    return whole


def removed(value: Any, path: Path) -> Any:
    whole = deepcopy(value)
    place = whole
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return whole


def urls(value: Any) -> list[str]:
    texts = [each for _, each in elements(value) if isinstance(each, str)]
    return [text for text in texts if text.startswith(tuple(f"{each}:" for each in SCHEMES))]


@pytest.mark.parametrize(("sdk", "mode"), sorted(REFUSED))
def test_what_an_sdk_cannot_do_is_refused_with_a_sentence(sdk: str, mode: str) -> None:
    with pytest.raises(ModeRefused, match="this SDK"):
        SDKS[sdk].render(mode, TURN, CREDENTIAL)


@given(st.sampled_from(list(SDKS)), st.sampled_from(MODES), turns)
def test_an_answer_is_right_by_the_sdks_own_rules_or_refused(
    sdk: str, mode: str, turn: Turn
) -> None:
    try:
        answer = SDKS[sdk].render(mode, turn, CREDENTIAL)
    except ModeRefused:
        return
    found = [str(each) for each in SDKS[sdk].check(answer)]
    # A gateway may serve TURN where SDK 4.24 of Agora never looks; check says so, answer gives it.
    assert [line for line in found if "tcpport" not in line] == []
    assert json.loads(json.dumps(answer)) == answer


@given(st.sampled_from(list(SDKS)), st.sampled_from(MODES), turns)
def test_every_url_but_acs_tls_form_passes_the_rules_of_browsers(
    sdk: str, mode: str, turn: Turn
) -> None:
    try:
        answer = SDKS[sdk].render(mode, turn, CREDENTIAL)
    except ModeRefused:
        return
    for url in urls(answer):
        if "transport=tls" in url:
            assert sdk == "acs-web"
        else:
            assert list(url_findings(url, "")) == []


@pytest.mark.parametrize(("sdk", "mode"), PAIRS)
def test_a_forced_mode_has_no_url_of_another_transport(sdk: str, mode: str) -> None:
    found = urls(SDKS[sdk].render(mode, TURN, CREDENTIAL))
    native = sdk in ("acs-android", "acs-ios", "acs-windows")
    if mode == "udp" and not native:
        assert found == ["turn:gateway.example:3478?transport=udp"]
    if mode == "tls":
        assert [url.partition("?")[0] for url in found] == ["turns:gateway.example:443"]


@pytest.mark.parametrize(("sdk", "mode"), PAIRS)
@pytest.mark.parametrize("new", [None, -5, "", {}], ids=str)
def test_an_element_of_another_kind_is_found(sdk: str, mode: str, new: object) -> None:
    answer = SDKS[sdk].render(mode, TURN, CREDENTIAL)
    for path, _ in elements(answer):
        assert list(SDKS[sdk].check(changed(answer, path, new))), path


@pytest.mark.parametrize(("sdk", "mode"), PAIRS)
def test_a_missing_member_is_found(sdk: str, mode: str) -> None:
    answer = SDKS[sdk].render(mode, TURN, CREDENTIAL)
    for path, _ in elements(answer):
        if path and isinstance(path[-1], str) and path[-1] not in OPTIONAL:
            assert list(SDKS[sdk].check(removed(answer, path))), path


@pytest.mark.parametrize(("sdk", "mode"), PAIRS)
@pytest.mark.parametrize("harm", ["http:{}", "{}?x=1", "//{}", "{}:0:"])
def test_a_spoilt_url_is_found(sdk: str, mode: str, harm: str) -> None:
    answer = SDKS[sdk].render(mode, TURN, CREDENTIAL)
    at = {"urls", "url", "turnServerURL", "mediaProxyServer"}
    for path, value in elements(answer):
        if isinstance(value, str) and at & set(path):
            spoilt = changed(answer, path, harm.format(value))
            assert list(SDKS[sdk].check(spoilt)), path


@given(
    st.sampled_from(list(SDKS)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["urls", "url", "iceServers", "username", "turnServer", "customServers"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    ),
)
def test_any_json_is_judged(sdk: str, value: object) -> None:
    for found in SDKS[sdk].check(value):
        assert found.what
        assert found.remedy


def test_a_note_says_where_a_forced_mode_does_not_force() -> None:
    noted = {name for name, sdk in SDKS.items() if sdk.note}
    assert noted == {"agora", "zego", "nertc"}
    for name in SDKS.keys() - noted:
        for mode in FORCED:
            if (name, mode) not in REFUSED and not name.startswith("acs-"):
                assert '"relay"' in json.dumps(SDKS[name].render(mode, TURN, CREDENTIAL)), name
