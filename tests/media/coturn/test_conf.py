"""The text of turnserver.conf."""

import pytest

from sigproxy.media.coturn.conf import conf, lines
from sigproxy.media.coturn.options import CoturnOptions
from tests.media.coturn.samples import EVERY, NAT, OPTIONS, PLAIN, REMOTE


@pytest.mark.parametrize("options", EVERY)
def test_every_line_has_its_reason_above_it(options: CoturnOptions) -> None:
    head, _, body = conf(options).partition("\n\n")
    assert all(line.startswith("# ") for line in head.splitlines())
    pairs = body.splitlines()
    assert [*map(str.strip, pairs)] == pairs
    assert pairs[1::2] == [line.text for line in lines(options)]
    assert all(line.startswith("# ") and len(line) > 10 for line in pairs[::2])


@pytest.mark.parametrize("options", EVERY)
def test_what_follows_without_a_line_is_said(options: CoturnOptions) -> None:
    assert all(line.without and not line.without.endswith(".") for line in lines(options))


def test_the_head_says_how_to_keep_others_off_the_proxy_port() -> None:
    assert "input ip daddr 192.0.33.5 tcp dport 3479 drop\n" in conf(OPTIONS)
    assert "input ip daddr 10.0.0.4 tcp dport 3479 drop\n" in conf(NAT)
    assert "daddr 10.0.0.4 ip saddr != ADDRESS-OF-SIGPROXY tcp dport 3479 drop" in conf(REMOTE)
    assert "nft" not in conf(PLAIN)
