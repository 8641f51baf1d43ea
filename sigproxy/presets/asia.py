"""Services whose home is in Asia: TRTC, NERTC, ZEGOCLOUD, Volcengine."""

from sigproxy.presets.preset import Host, Preset

_TRTC_FAQ = "docs 2026-11-28, Tencent Cloud, TRTC FAQ 647/34399 (Web: TCP 443)"
_TRTC_WIRE = "wire 2026-11-28, trtc-sdk-v5 5.17.1"
_NERTC = "code 2026-11-28, nertc-web-sdk 5.8.34"
_ZEGO = "code 2026-11-28, zego-express-engine-webrtc 3.12.0"
_VOLC = "wire 2026-11-28, @volcengine/rtc 4.68.4"
_TURN = "or TURN servers of your own, where the SDK takes them"

TRTC = Preset(
    name="trtc",
    title="Tencent RTC",
    dialect="path",
    hosts=(
        Host("*.rtc.qq.com", "scheduling and signaling", _TRTC_FAQ),
        Host("*.rtc.qcloud.com", "scheduling and signaling", _TRTC_FAQ),
        Host("*.cloud-rtc.com", "scheduling and signaling", _TRTC_WIRE),
        Host("*.cloud-rtc.net", "the same, when .com fails", _TRTC_WIRE),
        Host("*.rtc-web.com", "signaling", _TRTC_FAQ),
        Host("*.rtc-web.io", "signaling", _TRTC_FAQ),
        Host("*.my-imcloud.com", "reports", _TRTC_FAQ),
        Host("yun.tim.qq.com", "logs and reports", _TRTC_WIRE),
        Host(
            "*.rtc.tencentcloud.com",
            "scheduling and signaling, overseas",
            "docs 2026-11-28, tencentcloud.com, 1229/71846",
        ),
        # SDKs before 4.12
        Host("*.rtc.qq.com:8687", "signaling of older SDKs", _TRTC_FAQ),
    ),
    essential=("signaling.rtc.qq.com", "schedule.cloud-rtc.com", "yun.tim.qq.com"),
    media=f"Tencent's media servers, UDP 8000 and more, TCP 443; {_TURN}.",
)

NERTC = Preset(
    name="nertc",
    title="NetEase NERTC",
    dialect="path",
    hosts=(
        Host("nrtc.netease.im", "channels", _NERTC),
        Host("wecan-lbs.netease.im", "addresses of services", _NERTC),
        Host("roomserver.netease.im", "rooms", _NERTC),
        Host("ap-prd-jd.netease.im", "cloud proxy", _NERTC),
        Host("statistic.live.126.net", "statistics", _NERTC),
        Host("wecan-gw.yunxinvcloud.com", "media gateways", _NERTC),
        Host("wecan-sdk.yunxinvcloud.com", "media gateways", _NERTC),
        Host("wecan-lbs.yunxinvcloud.com", "addresses of services", _NERTC),
        Host("apm.yunxinhi.com", "statistics", _NERTC),
        # Overseas; "*-overseas" is no pattern, since "*" stands for whole labels.
        Host("wecan-gw-overseas.yunxinvcloud.com", "media gateways, overseas", _NERTC),
        Host("wecan-sdk-overseas.yunxinvcloud.com", "media gateways, overseas", _NERTC),
        Host("wecan-lbs-overseas.yunxinvcloud.com", "addresses of services, overseas", _NERTC),
        Host("statistic-overseas.yunxinfw.com", "statistics, overseas", _NERTC),
    ),
    essential=("nrtc.netease.im", "wecan-lbs.netease.im", "statistic.live.126.net"),
    media="NetEase's media servers, and its cloud proxy (startProxyServer).",
)

ZEGO = Preset(
    name="zego",
    title="ZEGOCLOUD",
    dialect="path",
    # docs: doc-zh.zego.im, article 19011: ZEGO hands out the hosts of a project.
    hosts=(
        Host("*.zego.im", "signaling, logs", _ZEGO),
        Host("*.zegocloud.com", "signaling, logs", _ZEGO),
        Host("*.coolbcloud.com", "signaling, logs", _ZEGO.replace("code", "wire")),
        Host("*.coolgcloud.com", "signaling, logs", _ZEGO),
        Host("*.coolfcloud.com", "signaling, logs", _ZEGO),
        Host("*.coolzcloud.com", "signaling, logs", _ZEGO),
    ),
    essential=("accesshub-wss.zego.im", "weblogger-wss.zego.im"),
    media=f"ZEGO's media servers, or its TURN servers; {_TURN}.",
)

VOLCENGINE = Preset(
    name="volcengine",
    title="Volcengine RTC (BytePlus RTC)",
    dialect="path",
    hosts=(
        Host("*.rtc.volcvideo.com", "configuration, access, logs", _VOLC),
        Host("*.volcvideos.com", "configuration, access, logs", _VOLC.replace("wire", "code")),
    ),
    essential=("rtc-access.rtc.volcvideo.com",),
    media="Volcengine's media servers; what follows the access request is ICE to them.",
)
