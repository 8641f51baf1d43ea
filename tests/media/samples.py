"""A TURN server and a credential, and how the tests vary them."""

from dataclasses import replace

from hypothesis import strategies as st

from sigproxy.media.offer import MODES
from sigproxy.policies.turn import Credential, Turn
from tests.strategies import names

TURN = Turn(
    name="gateway.example",
    addresses=("203.0.113.5",),
    realm="realm.example",
    secrets=(b"first-secret-0123456789abcdef",),
    ttl_s=43200,
    udp_port=3478,
    tls_port=443,
    tcp_port=0,
    stun=True,
    modes=MODES,
)
CREDENTIAL = Credential("1700043200:x1", "cGFzc3dvcmQ=", 43200, 1700043200)
SECRET = {"username": CREDENTIAL.username, "credential": CREDENTIAL.password}

UDP = "turn:gateway.example:3478?transport=udp"
TCP = "turn:gateway.example:80?transport=tcp"
TLS = "turns:gateway.example:443?transport=tcp"
STUN = {"urls": ["stun:gateway.example:3478"]}
WITH_TCP = replace(TURN, tcp_port=80)

_port = st.sampled_from([0, 443, 3478]) | st.integers(1024, 65535)
turns = st.builds(
    Turn,
    name=names | st.ip_addresses(v=4).map(str),
    addresses=st.lists(st.ip_addresses(v=4).map(str), max_size=2).map(tuple),
    realm=names,
    secrets=st.just(TURN.secrets),
    ttl_s=st.integers(60, 86400),
    udp_port=_port,
    tls_port=_port,
    tcp_port=_port,
    stun=st.booleans(),
    modes=st.lists(st.sampled_from(MODES), unique=True).map(tuple),
)
