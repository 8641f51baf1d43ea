"""The lines for SDKs that were recorded: what they then sent ends at the vendor, as it was seen."""

import re
from pathlib import Path

import pytest

from sigproxy.config import load
from sigproxy.tools.vendors import VENDORS
from tests.tools.snippet_cases import BY_HOST, BY_PATH, RECORDED_AT, VECTORS, Setting
from tests.tools.snippets import KEY, SERVER, lines, ran, route, upstream, written

TARGETS = 'targets = ["app.contoso.com"]'


def https(url: str | None) -> str:
    return (url or "").replace("wss://", "https://")


def named(setting: Setting) -> str:
    return f"{setting.vendor}-{setting.id}"


@pytest.mark.parametrize("setting", BY_PATH, ids=named)
@pytest.mark.parametrize("prefix", ["/", "/a/b-c"])
@pytest.mark.parametrize("keyed", [False, True])
def test_an_sdk_that_is_given_the_lines_ends_where_it_did(
    setting: Setting, prefix: str, keyed: bool, tmp_path: Path
) -> None:
    recorded = f"{RECORDED_AT}{setting.vector.path}"
    then = setting.value(ran(setting.vendor, "--name", RECORDED_AT).stdout)
    assert recorded.startswith(then), "the lines are not what the SDK was told"
    keys = (f'keys = ["{KEY}"]',) if keyed else ()
    file = written(tmp_path, SERVER + route(setting.vendor, prefix, TARGETS, *keys))

    given = setting.value(lines(setting.vendor, file))

    sent = f"https://{given}{recorded.removeprefix(then)}"
    settings = load(file, {})
    assert upstream(settings, sent) == https(setting.vector.upstream)
    if keyed:
        assert KEY in given
        assert upstream(settings, sent.replace(f"/{KEY}", "")) is None


@pytest.mark.parametrize("setting", BY_HOST, ids=named)
def test_an_sdk_that_keeps_its_path_gets_a_name_for_each_host(
    setting: Setting, tmp_path: Path
) -> None:
    file = written(tmp_path, SERVER + route(setting.vendor, "/"))
    given = setting.value(lines(setting.vendor, file))
    assert given.endswith(".gw.hospital.example:8443")
    sent = f"https://{given}{setting.vector.path}"
    assert upstream(load(file, {}), sent) == https(setting.vector.upstream)


@pytest.mark.parametrize("id_", [each for each in VECTORS if each.startswith("rtk")])
def test_realtimekit_puts_labels_before_the_name(id_: str, tmp_path: Path) -> None:
    vector = VECTORS[id_]
    file = written(tmp_path, SERVER + route("realtimekit", "/"))
    [given] = re.findall(r'baseURI: "([^"]+)"', lines("realtimekit", file))
    label = vector.host.partition(".")[0]
    sent = f"https://{label}.{given}{vector.path}"
    assert upstream(load(file, {}), sent) == https(vector.upstream)


# --- what the lines say beside the one setting ---------------------------------------------------


def blocks(vendor: str) -> str:
    """Return the routes in the lines for *vendor*."""
    return "\n".join(re.findall(r"```toml\n(.*?)```", ran(vendor).stdout, re.S))


@pytest.mark.parametrize("prefix", ["/", "/trtc"])  # those that `snippet` names a route by
def test_trtcs_unified_proxy_has_its_routes(tmp_path: Path, prefix: str) -> None:
    file = written(tmp_path, SERVER + route("trtc", prefix) + blocks("trtc"))
    settings, text = load(file, {}), lines("trtc", file)
    [given] = re.findall(r'unifiedProxy: "([^"]+)"', text)
    seen = [each for each in VECTORS.values() if each.id.startswith("trtc-unified")]
    for vector in seen:
        sent = f"https://{given}{vector.path.removeprefix('/u')}"
        asked = https(vector.upstream).replace("schedule.rtc.qq.com", "schedule.cloud-rtc.com")
        assert upstream(settings, sent) == asked
    assert len(seen) == 8


def test_nertc_can_do_with_one_name(tmp_path: Path) -> None:
    settings = load(written(tmp_path, SERVER + blocks("nertc")), {})
    for vector in (VECTORS["nertc-edge-1"], VECTORS["nertc-edge-3"]):
        sent = f"https://gw.hospital.example:8443{vector.path}"
        assert upstream(settings, sent) == https(vector.upstream)
    # what is of no other service is of the media gateway
    sent = "https://gw.hospital.example:8443/59.111.1.2:4001/?a=b&cid=1"
    assert upstream(settings, sent) == (
        "https://wecan-gw.yunxinvcloud.com/59.111.1.2:4001/?a=b&cid=1"
    )


@pytest.mark.parametrize(
    ("vendor", "fixed", "request_target", "expected"),
    [
        ("livekit", "wss://demo.livekit.cloud", "/rtc/v1?a=b", "https://demo.livekit.cloud"),
        ("peerjs", "https://0.peerjs.com", "/peerjs/id?ts=1", "https://0.peerjs.com"),
    ],
)
def test_a_fixed_route_needs_no_host_in_the_url(
    vendor: str, fixed: str, request_target: str, expected: str, tmp_path: Path
) -> None:
    own = f'[[route]]\nprefix = "/x"\ndialect = "fixed"\nupstream = "{fixed}"\n'
    file = written(tmp_path, SERVER + route(vendor, "/") + own)
    text = lines(vendor, file)
    assert "/x" in text.splitlines()[0]
    sent = f"https://gw.hospital.example:8443/x{request_target}"
    assert upstream(load(file, {}), sent) == expected + request_target


WITH_SHIM = [
    name for name, each in VENDORS.items() if each.shim and each.dialect == "path"
]  # a route with another dialect serves none


@pytest.mark.parametrize("vendor", WITH_SHIM)
@pytest.mark.parametrize("keyed", [False, True])
def test_what_goes_past_the_gateway_gets_the_page_shim(
    vendor: str, keyed: bool, tmp_path: Path
) -> None:
    keys = (f'keys = ["{KEY}"]',) if keyed else ()
    text = lines(vendor, written(tmp_path, SERVER + route(vendor, "/p", *keys)))
    own = f"/p/{KEY}" if keyed else "/p"
    assert f'<script src="https://gw.hospital.example:8443{own}/-/shim.js"></script>' in text
    for sdk in VENDORS[vendor].sdks:
        assert (f"- {sdk.package}: {sdk.shim}\n" in text) == bool(sdk.shim)


@pytest.mark.parametrize("vendor", [name for name, each in VENDORS.items() if each.sdks])
def test_the_lines_have_every_setting_of_the_sdk(vendor: str) -> None:
    text = ran(vendor).stdout
    for sdk in VENDORS[vendor].sdks:
        assert sdk.package in text
        for word in re.findall(r"[A-Za-z]\w+", sdk.setting.replace("; or", "")):
            assert re.search(rf"\b{word}\b", text), word


@pytest.mark.parametrize(
    ("vendor", "reasons"),
    [
        ("trtc", ("`scheduleProxy` alone", "A scheme")),
        ("nertc", ("A mount prefix or an access key", "`startProxyServer`", "`certificate_names`")),
        ("zego", ("A scheme in front",)),
        ("volcengine", ("`https://` in front", "one log as the page loads")),
        ("livekit", ("fail-over to another region",)),
        ("twilio", ("eventgw.", "Ring tones", "A scheme in chunderw")),
        ("stream", ("sfu-*.stream-io-video.com",)),
        ("100ms", ("A mount prefix or an access key", "event.100ms.live")),
        ("realtimekit", ("neither a mount prefix nor an access key", "certificate for *.")),
        ("telnyx", ("`region`", 'has "rtc" in it')),
        ("vonage-client", ("A path in `websocketUrl`",)),
        ("plivo", ("cdn.plivo.com",)),
        ("signalwire", ("A token with `ch`", '"fabric."')),
        ("azure", ("notifications", "Azure SignalR Service", "skipNegotiation")),
    ],
)
def test_what_does_not_work_is_said(vendor: str, reasons: tuple[str, ...]) -> None:
    behind = " ".join(ran(vendor).stdout.partition("Does not work:")[2].split())
    assert [reason for reason in reasons if reason not in behind] == []
    assert "keys" in behind
