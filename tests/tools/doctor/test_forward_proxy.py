"""Doctor goes the gateway's own way to the vendors: through the forward proxy."""

from typing import Any

from tests.lab.forward_proxy import leading_on, saying, targets, through
from tests.lab.lab import NAME, Lab
from tests.tools.doctor.told import at_gateway, only, tokens


def document(lab: Lab, port: int, upstream: dict[str, Any]) -> dict[str, Any]:
    return lab.document(False, {"targets": [f"{NAME}:{port}"]}, {"upstream": upstream})


async def test_vendors_are_reached_through_it(lab: Lab) -> None:
    upstream, proxy = await lab.upstream(), await lab.upstream(leading_on, tls=False)

    found = await at_gateway(document(lab, upstream.port, through(proxy)))

    assert only(found, f"vendor {NAME}:{upstream.port}").token == "ok"
    assert targets(proxy) == [b"127.0.0.1:%d" % upstream.port]
    assert f"name server {lab.dns.address}" in tokens(found)


async def test_what_it_refuses_is_told_with_who_mends_it(lab: Lab) -> None:
    proxy = await lab.upstream(saying(b"HTTP/1.1 403 Forbidden\r\n\r\n"), tls=False)

    found = await at_gateway(document(lab, 443, through(proxy, proxy_resolves=True)))

    said = only(found, f"vendor {NAME}")
    assert (said.level, said.token) == ("fail", "egress_refused")
    assert said.what == (
        f"{NAME} cannot be reached: the proxy 127.0.0.1:{proxy.port} answers 403 Forbidden to "
        "CONNECT"
    )
    assert said.remedy == (
        "whoever runs the proxy has to allow that host and port; where it is asked for addresses "
        "and its rules go by names, set upstream.proxy_resolves"
    )
    assert not [each for each in found if each.name.startswith("name server")]
