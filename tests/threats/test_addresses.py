"""Where a listed name may lead: to public addresses, which are looked at before each connect."""

import pytest

from sigproxy.gateway.upstream import name_server, name_servers, resolver
from tests.lab.dns import A, Name
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Upstream

# 127.0.0.1 to .3 stand for the public internet, 127.0.0.9 for what is inside.
PUBLIC = {"allow_networks": ["127.0.0.0/30"]}
INSIDE = "127.0.0.9"


async def is_never_dialled(lab: Lab, inside: Upstream, **names: Name) -> None:
    """Ask for *inside* by each of *names*; check that no connection but a clear refusal comes."""
    gateway = await lab.gateway(upstream=PUBLIC)
    client = await lab.client(gateway)
    for label, entry in names.items():
        name = f"{label}.example.com"
        lab.dns.zone[name] = entry
        answer = await client.get(inside.at("/latest/meta-data/", name))
        assert (answer.status, answer.error) == (403, "address_refused"), name
    assert inside.peers == []
    assert {record.address for record in gateway.observer.ends} == {None}


async def test_03_ssrf_to_private_names(lab: Lab) -> None:
    await is_never_dialled(
        lab,
        await lab.upstream(address=INSIDE, tls=False),
        metadata=Name(("169.254.169.254",)),
        ten=Name(("10.0.0.1",)),
        azure=Name(("168.63.129.16",)),
        ula=Name(aaaa=("fd00:ec2::254",)),
        loopback=Name((INSIDE,)),
        cname=Name((INSIDE,), alias="db.corp.internal"),
        among=Name(("127.0.0.1", INSIDE)),
    )


class Rebinding(Name):
    """Public and inside by turns, answer by answer."""

    def addresses(self, kind: int) -> tuple[str, ...]:
        if kind != A:
            return ()
        self.a = (INSIDE,) if self.a != (INSIDE,) else ("127.0.0.1",)
        return self.a


async def test_04_dns_rebinding(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (  # a question sent again would take a turn
        (name_server, "FIRST_TRY_S"),
        (name_server, "SECOND_FORM_S"),
        (name_servers, "FIRST_TRY_S"),
        (resolver, "CLIENT_RESPONSE_S"),
    ):
        monkeypatch.setattr(module, name, 30.0)
    public = await lab.upstream()
    inside = await lab.upstream(address=INSIDE, port=public.port, tls=False)
    lab.dns.zone[NAME] = Rebinding((INSIDE,), ttl=0)
    client = await lab.client(await lab.gateway(upstream=PUBLIC))

    statuses = [(await client.get(public.at("/"))).status for _ in range(50)]

    assert statuses == [200, 403] * 25
    # Nothing is looked up again between check and connect.
    assert lab.dns.asked.count((NAME, A)) == 50
    assert inside.peers == []


async def test_05_ipv4_inside_ipv6(lab: Lab) -> None:
    await is_never_dialled(
        lab,
        await lab.upstream(address=INSIDE, tls=False),
        mapped=Name(aaaa=(f"::ffff:{INSIDE}",)),
        compatible=Name(aaaa=(f"::{INSIDE}",)),
        nat64=Name(aaaa=("64:ff9b::7f00:9",)),
        sixtofour=Name(aaaa=("2002:7f00:9::1",)),
        teredo=Name(aaaa=("2001:0:7f00:9::1",)),
        beside=Name(("127.0.0.1",), aaaa=(f"::ffff:{INSIDE}",)),
    )
