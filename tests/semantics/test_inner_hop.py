"""Facts of the hop in front: which fields are, and which fields of SDKs only look like it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.fields import HOP_BY_HOP
from sigproxy.semantics.inner_hop import NEVER, crossing, read_name

DROPPED = frozenset({NEVER})
REQUESTS = Path(__file__).parents[1] / "parity" / "sdk_requests.json"


def crosses(name: bytes, dropped: frozenset[bytes] = DROPPED) -> bool:
    return crossing(((b"Accept", b"a"), (name, b"x")), dropped)[1:] == [(name, b"x")]


FACTS = [
    # URL, scheme, client: everybody
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-Host"),
    *("X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Forwarded-Scheme"),
    *("X-Forwarded-Ssl", "X-Forwarded-Path", "X-Forwarded-Uri", "X-Forwarded-By", "X-Forwarded"),
    *("Forwarded", "Forwarded-For", "X-Real-IP", "X-Real-Port", "X-Client-IP", "Client-IP"),
    *("X-Cluster-Client-IP", "X-Original-Host", "X-Original-URL", "X-Original-URI"),
    *("X-Original-Proto", "X-Original-Forwarded-For", "X-Original-For", "X-Original-Remote-Addr"),
    *("X-Rewrite-URL", "X-Replaced-Path", "X-Scheme", "X-Url-Scheme", "Front-End-Https"),
    *("Proxy-Client-IP", "WL-Proxy-Client-IP", "WL-Proxy-SSL", "X-Remote-Addr", "Remote-Addr"),
    # CDNs and clouds
    *("CF-Connecting-IP", "CF-Connecting-IPv6", "CF-Connecting-O2O", "CF-Ray", "CF-Visitor"),
    *("CF-IPCountry", "CF-IPCity", "CF-Worker", "CF-EW-Via", "CF-Pseudo-IPv4"),
    *("CF-Access-Jwt-Assertion", "Cf-Access-Authenticated-User-Email", "True-Client-IP"),
    *("Fastly-Client-IP", "Fastly-FF", "Fastly-SSL", "X-Azure-ClientIP", "X-Azure-SocketIP"),
    *("X-Azure-FDID", "X-Azure-Ref", "X-Azure-RequestChain", "X-ARR-LOG-ID", "X-ARR-SSL"),
    *(
        "X-ARR-ClientCert",
        "X-AppEngine-Country",
        "X-AppEngine-User-IP",
        "CloudFront-Viewer-Address",
    ),
    *("CloudFront-Forwarded-Proto", "X-Amz-Cf-Id", "X-Akamai-Edgescape", "Akamai-Origin-Hop"),
    *("Fly-Client-IP", "Fly-Forwarded-Port", "Incap-Client-IP", "DO-Connecting-IP"),
    *("X-Envoy-External-Address", "X-Envoy-Internal", "X-Envoy-Original-Path"),
    *("X-Vercel-Forwarded-For", "X-Vercel-IP-Country", "X-Nf-Client-Connection-Ip"),
    *("X-Sucuri-ClientIP", "EO-Connecting-IP", "Ali-CDN-Real-IP", "X-Varnish"),
    # TLS and logins
    *("X-SSL-Client-Cert", "SSL-Client-Verify", "X-Client-Cert", "X-Amzn-Mtls-Clientcert-Leaf"),
    *("X-Amzn-Tls-Version", "X-Forwarded-Client-Cert", "X-Forwarded-Access-Token"),
    *("X-Auth-Request-Email", "Remote-User", "X-MS-CLIENT-PRINCIPAL", "X-MS-TOKEN-AAD-ID-TOKEN"),
    *("X-Amzn-Oidc-Data", "X-Goog-IAP-JWT-Assertion", "X-Goog-Authenticated-User-Email"),
    *("Client-Cert", "Client-Cert-Chain", "X-Client-DN", "X-Client-Verify", "X-WebAuth-User"),
    *("X-Remote-Group", "X-Remote-Extra-Scopes", "X-Consumer-Username", "X-Authenticated-Userid"),
    *("X-Auth-Email", "X-Vouch-User", "OIDC_CLAIM_email", "Shib-Identity-Provider", "SM_USER"),
    *("iv-user", "X-Amzn-Ava-User-Context", "Teleport-Jwt-Assertion"),
    # Other facts of the exchange
    *("Z-Forwarded-For", "X-MS-Forwarded-Client-IP", "X-MS-Proxy", "Script-Name", "Path-Info"),
    *("X-HTTP-Host-Override", "X-Request-Start", "X-Queue-Start"),
]
CROSSING = [
    # Fields of SDKs and of applications that only begin like facts.
    *("x-skypetoken", "x-ms-migration", "x-ms-client-version", "x-ms-client-request-id"),
    *("x-microsoft-skype-chain-id", "client-id", "client-version", "ms-teams-region"),
    *("x-packet-uri", "x-packet-service-type", "x-opentok-auth", "x-tb-token-auth"),
    *("X-Amz-Date", "X-Amz-Security-Token", "x-amz-user-agent", "x-amzn-version"),
    *("x-amzn-chime-send-close-on-error", "x-chime-control-protocol-version"),
    *("CF-Access-Client-Id", "CF-Access-Client-Secret", "cf-access-token", "cf-aig-authorization"),
    *("X-Goog-Api-Key", "X-Goog-AuthUser", "X-Client-Data", "X-Client-Version", "Fastly-Key"),
    *("x-vercel-protection-bypass", "X-Akamai-ACS-Action", "X-HTTP-Method-Override", "X-Original"),
    *("X-Auth-Token", "X-Access-Token", "X-User-Id", "X-Host", "X-Remote-Session", "Client-Type"),
    # Trace context is end-to-end.
    *("traceparent", "tracestate", "X-Request-Id", "X-Correlation-Id", "MS-CV"),
    *("X-Amzn-Trace-Id", "X-Cloud-Trace-Context", "X-B3-TraceId", "uber-trace-id"),
    # Odd names that no rule is about.
    *("X_Under", "X.Dotted", "User_Agent", "X!#$%&'*+.^`|~", "_", "-", "~~"),
]


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_of_the_hop_in_front_stays_here(name: str) -> None:
    for spelled in (name, name.lower(), name.upper(), name.replace("-", "_")):
        assert not crosses(spelled.encode()), spelled


@pytest.mark.parametrize("name", CROSSING)
def test_an_application_field_crosses(name: str) -> None:
    assert crosses(name.encode())
    assert crosses(name.upper().encode())


def test_every_field_of_a_recorded_sdk_request_crosses_but_the_usual_ones() -> None:
    names = {
        name
        for request in json.loads(REQUESTS.read_text())
        for name in (request.get("headers") or {})
    }
    assert names
    assert [name for name in names if not crosses(name.encode())] == []


OURS = [
    *("Content_Length", "Transfer_Encoding", "Host_", "Proxy_Authorization", "Keep_Alive"),
    *("Proxy_Connection", "HTTP2_Settings", "Sec_WebSocket_Key", "Content_Type", "CDN_Loop"),
    *("X_Forwarded_For", "X_Real_IP", "X_Forwarded-For", "X.Forwarded.For", "x_FORWARDED_proto"),
    *("Content.Length", "Transfer~Encoding", "Content-Length_", "_Cookie", "CF_Connecting_IP"),
]


@pytest.mark.parametrize("name", OURS)
def test_what_passes_for_one_of_ours_stays_here(name: str) -> None:
    """CGI, WSGI, PHP and Rack read letters, digits and "_" alone."""
    assert not crosses(name.encode())


@pytest.mark.parametrize("name", ["Content-Length", "Authorization", "Cookie", "Sec-WebSocket-Key"])
def test_the_right_spelling_crosses(name: str) -> None:
    assert crosses(name.encode())


def test_a_policy_holds_for_every_spelling() -> None:
    assert not crosses(b"X_User_Address", frozenset({NEVER, b"x-user-address"}))


def test_a_long_name_is_judged_too() -> None:
    assert not crosses(b"X-Forwarded-" + b"a" * 500)
    assert crosses(b"X-Long-" + b"a" * 500)


TOKENS = st.text(st.sampled_from("aBc-_.~!9"), min_size=1, max_size=12).map(str.encode)


@given(TOKENS | st.sampled_from(sorted(HOP_BY_HOP)))
def test_law_to_be_read_twice_changes_nothing(name: bytes) -> None:
    once = read_name(name)
    assert once == NEVER or read_name(once) in (once, NEVER)
    assert read_name(name.upper()) == once
