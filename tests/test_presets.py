"""The presets cover the hosts that SDKs were seen to use, and no stranger's."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from sigproxy import presets
from sigproxy.cli import main
from sigproxy.dialects.query import PORTS
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority

# Recorded from the SDKs, read in their code, or named by the vendors' pages.
SEEN = {
    "acs": """
        ecs.communication.microsoft.com go.trouter.communication.microsoft.com
        go-eu.trouter.communication.microsoft.com registrar.communication.microsoft.com
        auth.relay.communication.microsoft.com global.mtgw.prod.communication.microsoft.com
        pub-ent-usea-01.trouter.communication.microsoft.com edge.skype.com
        pub-x.trouter.communication.microsoft.com:443
        api.flightproxy.skype.com api.cc.skype.com api3.cc.skype.com api.userstore.skype.com
        prod.registrar.skype.com api.userstore-dev.skype.net ic3.events.data.microsoft.com
        eu-ic3.events.data.microsoft.com teams.events.data.microsoft.com
        eu-teams.events.data.microsoft.com tb.events.data.microsoft.com
        pf.events.data.microsoft.com browser.events.data.microsoft.com
        config.teams.microsoft.com teams.microsoft.com api.flightproxy.teams.microsoft.com
        go.trouter.teams.microsoft.com pptservicescast.officeapps.live.com
        emea.pptservicescast.officeapps.live.com statics.teams.cdn.office.net
        res.cdn.office.net prod.mediabroker.communications.svc.cloud.microsoft
        x.static.microsoft
    """,
    "acs-gov": """
        config.ecs.gov.teams.microsoft.us go.trouter.gov.teams.microsoft.us
        gov.teams.microsoft.us dod.teams.microsoft.us go.trouter.dod.teams.microsoft.us
        x.teams.eaglex.ic.gov x.teams.microsoft.scloud registrar.gov.teams.microsoft.us
        ecs.communication.microsoft.com edge.skype.com api.flightproxy.skype.com
        tb.events.data.microsoft.com
    """,
    "watchrtc": "watchrtc-server.cyara.com watchrtc.spearline.dev watchrtc.testrtc.com",
    "agora": """
        webrtc2-ap-web-1.agora.io webrtc2-2.ap.sd-rtn.com sua-ap-web-1.agora.io
        cds-ap-web-1.agora.io uap-ap-web-1.agora.io statscollector-1.agora.io
        statscollector-1.agora.io:6443 statscollector-1.agoraio.cn:6443 logservice.agora.io
        data-reporting.agora.io 127-0-0-1.edge.agora.io:4700 127-0-0-1.edge.sd-rtn.com:4700
        127-0-0-1.edge.agora.io x.edge.agora.io:5000 x.edge.rtnsvc.com:5668 sdp-ap-web-1.rtesvc.com
        webrtc-cloud-proxy.sd-rtn.com webrtc-cloud-proxy.agora.io
        ap.agoraio.cn x.edge.agoraio.cn:4999 x.edge.agora.io:4000
    """,
    "vonage": """
        config.opentok.com anvil.opentok.com static.opentok.com hlg.tokbox.com sub.tokbox.com
        mantis-prod-us.opentok.com:443
    """,
    "daily": """
        c.daily.co gs.daily.co b.daily.co x.wss.daily.co x-wss.daily.co prod-ks.pluot.blue
        c.dailywebrtc.com x.wss.dailywebrtc.net
    """,
    "chime": "signal.m1.ue1.app.chime.aws x.sdkassets.chime.aws",
    "trtc": """
        signaling.rtc.qq.com signaling-b1.rtc.qq.com schedule.rtc.qq.com yun.tim.qq.com
        schedule.cloud-rtc.com schedule.cloud-rtc.net signaling.rtc.tencentcloud.com
    """,
    "nertc": """
        nrtc.netease.im wecan-lbs.netease.im roomserver.netease.im ap-prd-jd.netease.im
        statistic.live.126.net wecan-gw.yunxinvcloud.com apm.yunxinhi.com
    """,
    "zego": "accesshub-wss.zego.im weblogger-wss.zego.im accesshub-wss.coolbcloud.com",
    "volcengine": "rtc-access.rtc.volcvideo.com web-log-report.rtc.volcvideo.com",
    "livekit": "demo.livekit.cloud",
    "twilio": """
        voice-js.roaming.twilio.com eventgw.us1.twilio.com global.vss.twilio.com sdk.twilio.com
    """,
    "stream": "video.stream-io-api.com hint.stream-io-video.com sfu-1.stream-io-video.com",
    "peerjs": "0.peerjs.com",
    "100ms": "prod-init.100ms.live event.100ms.live",
    "realtimekit": """
        api.realtime.cloudflare.com api-silos.realtime.cloudflare.com
        socket-edge.realtime.cloudflare.com location.realtime.cloudflare.com
    """,
    "telnyx": "rtc.telnyx.com eu.rtc.telnyx.com",
    "vonage-client": "api-us.vonage.com ws-eu.vonage.com api-ap-4.vonage.com",
    "sendbird": "api-app.calls.sendbird.com ws-app.calls.sendbird.com",
    "plivo": "client.plivo.com stats.plivo.com insights.plivo.com nimbus.plivo.com cdn.plivo.com",
    "signalwire": "relay.signalwire.com",
    "azure": """
        res1.communication.azure.com res1.webpubsub.azure.com res1.service.signalr.net
    """,
}
COVERED = [(name, host) for name, hosts in SEEN.items() for host in hosts.split()]

# Behind a name of the vendor's, glued to it, in front of it; below a suffix that everybody gets
# names under; the vendor's own, on a port that nothing was seen to use.
STRANGERS = """
    evil-skype.com skype.com.evil.net evilskype.com skype.com.evil.com skype.com
    communication.microsoft.com.evil.org evil.microsoft.com evil.office.net evil.live.com
    evil.cdn.office.net evil.cloud.microsoft evil.azurewebsites.net evil.azureedge.net
    evil.cloudfront.net watchrtc-server.cyara.com.evil.dev evil-watchrtc-server.cyara.com
    evil.cyara.com evil.spearline.dev agora.io.evil.cn evil-agora.io evilsd-rtn.com
    opentok.com.evil.com evil-tokbox.com daily.co.evil.co evil-daily.co evil.pluot.blue
    chime.aws.evil.com evil-chime.aws evil.amazonaws.com evil.com 10.0.0.5 127.0.0.1:4700
    [2001:db8::1]:443 edge.skype.com:8443 edge.skype.com:80
    pub-x.trouter.communication.microsoft.com:3443 watchrtc-server.cyara.com:8080
    config.opentok.com:22 c.daily.co:8443 signal.m1.ue1.app.chime.aws:3478
    x.edge.agora.io:22 x.edge.agora.io:3999 x.edge.agora.io:5001 logservice.agora.io:80
    x.teams.microsoft.us:8443 evil.qq.com evil.126.net evil.netease.im rtc.qq.com.evil.com
    evil-livekit.cloud evil.cloudflare.com evil.vonage.com evil.sendbird.com evil.plivo.com
    evil.azure.com evil.signalr.net evil-100ms.live 59.111.1.2:4001
"""


def admits(name: str, host: str) -> bool:
    patterns = tuple(map(Pattern.parse, PRESETS[name].targets))
    return TargetPolicy(patterns).admits(Authority.parse(host.encode()))


def test_names_and_order() -> None:
    names = ["acs", "acs-gov", "watchrtc", "agora", "vonage", "daily", "chime"]
    assert [*PRESETS][:7] == names  # as they were before there were more
    assert [preset.name for preset in PRESETS.values()] == [*PRESETS]
    assert set(SEEN) == set(PRESETS)


@pytest.mark.parametrize(("name", "host"), COVERED)
def test_a_host_that_was_seen_is_covered(name: str, host: str) -> None:
    assert admits(name, host)


@pytest.mark.parametrize("host", STRANGERS.split())
def test_a_stranger_or_another_port_is_covered_by_none(host: str) -> None:
    assert [name for name in PRESETS if admits(name, host)] == []


@pytest.mark.parametrize("name", PRESETS)
def test_vendors_do_not_reach_one_another(name: str) -> None:
    # Microsoft's two share hosts: a government session begins at the public cloud's.
    others = [host for other, host in COVERED if other.partition("-")[0] != name.partition("-")[0]]
    assert [host for host in others if admits(name, host)] == []


def test_the_clouds_of_microsoft_share_no_more_than_a_session_begins_with() -> None:
    public = SEEN["acs"].split()
    assert [host for host in public if admits("acs-gov", host)] == [
        host
        for host in public
        if host.endswith(".events.data.microsoft.com")
        or host
        in ("ecs.communication.microsoft.com", "edge.skype.com", "api.flightproxy.skype.com")
    ]
    assert not any(admits("acs", host) for host in SEEN["acs-gov"].split() if "gov" in host)


@pytest.mark.parametrize("name", PRESETS)
def test_no_pattern_is_open_or_listed_twice_or_without_a_purpose(name: str) -> None:
    preset = PRESETS[name]
    patterns = [Pattern.parse(text) for text in preset.targets]
    assert patterns
    assert not any(pattern.is_open for pattern in patterns)
    assert len(set(patterns)) == len(patterns)
    assert all(host.purpose for host in preset.hosts)


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_essential_is_reached(name: str) -> None:
    assert PRESETS[name].essential
    assert [host for host in PRESETS[name].essential if not admits(name, host)] == []


def test_agoras_ports_are_those_of_its_dialect() -> None:
    patterns = [Pattern.parse(text) for text in PRESETS["agora"].targets]
    for low, high in PORTS:
        assert {p.host for p in patterns if (p.low, p.high) == (low, high)} == {
            "agora.io",
            "sd-rtn.com",
            "agoraio.cn",
            "rtnsvc.com",
            "rtesvc.com",
        }
    assert {(p.low, p.high) for p in patterns} == set(PORTS)


def test_only_agoras_sdk_writes_the_target_into_the_query() -> None:
    assert {name for name, each in PRESETS.items() if each.dialect == "query"} == {"agora"}
    assert {each.dialect for each in PRESETS.values()} == {"path", "query"}


def test_each_host_says_how_it_is_known_and_when_that_was_looked_up() -> None:
    for preset in PRESETS.values():
        for host in preset.hosts:
            assert re.match(r"(wire|code|docs) \d{4}-\d\d-\d\d, \S", host.source), host


def test_the_presets_are_data() -> None:
    for path in Path(presets.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        outside = {name for name in imported if name and not name.startswith("sigproxy.presets.")}
        assert outside <= {"dataclasses", "typing"}
        assert not any(isinstance(node, ast.AsyncFunctionDef | ast.With) for node in ast.walk(tree))


# --- sigproxy presets ---------------------------------------------------------------------------


def test_presets_are_listed_with_all_their_patterns() -> None:
    result = CliRunner().invoke(main, ["presets"])
    assert result.exit_code == 0
    words = set(result.stdout.split())
    for preset in PRESETS.values():
        assert f"{preset.title}  (dialect {preset.dialect})" in result.stdout
        assert {preset.name, *preset.targets} <= words
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_one_preset_is_ready_for_targets() -> None:
    for name, preset in PRESETS.items():
        result = CliRunner().invoke(main, ["presets", name])
        assert result.exit_code == 0
        listed = tomllib.loads(f"targets = [\n{result.stdout}]")["targets"]
        assert tuple(listed) == preset.targets
        assert len(result.stdout.splitlines()) == len(preset.targets)


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    result = CliRunner().invoke(main, ["presets", "zoom"])
    assert result.exit_code == 2
    assert "watchrtc" in result.stderr
