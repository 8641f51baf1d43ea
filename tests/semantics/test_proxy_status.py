"""No vendor speaks in the gateway's name."""

import pytest

from sigproxy.semantics.proxy_status import without_ours

OTHER = (b"Proxy-Status", b'ExampleCDN; error=connection_timeout; details="a, b"')


@pytest.mark.parametrize(
    "value",
    [
        b"sigproxy",
        b"sigproxy; error=dns_error",
        b"SigProxy;error=dns_error",
        b'"sigproxy"; error=dns_error',
        b"ExampleCDN; error=dns_error, sigproxy; error=dns_error",
        b" , sigproxy; error=dns_error",
    ],
)
@pytest.mark.parametrize("name", [b"Proxy-Status", b"proxy-status"])
def test_our_name_does_not_cross(name: bytes, value: bytes) -> None:
    kept = [(b"X-Vendor", b"sigproxy"), OTHER]
    assert without_ours([kept[0], (name, value), kept[1]]) == kept
