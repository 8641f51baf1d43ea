"""From [turn] to the options of coturn."""

from pathlib import Path

import pytest

from sigproxy.config import Settings, load
from sigproxy.media.ranges import MEDIA_VENDORS
from sigproxy.tools.turn import Unusable, coturn_options, turn_of
from tests.tools.turn_file import OTHER_SECRET, SECRET, written

ACS = [vendor for vendor in MEDIA_VENDORS if vendor.name == "acs"]
AGORA = [vendor for vendor in MEDIA_VENDORS if vendor.name == "agora"]


def settings(folder: Path, turn: str = "") -> Settings:
    return load(written(folder, turn), {})


def test_the_options_are_the_settings(tmp_path: Path) -> None:
    turn = 'relay = "127.0.0.1:3480"\nudp_port = 3479\nrealm = "r.example"\npolicy = "sfu"'
    options = coturn_options(settings(tmp_path, turn), ACS, local_ip="10.0.0.4")
    assert options.realm == "r.example"
    assert options.secrets == (SECRET, OTHER_SECRET)
    assert (options.public_ip, options.own_ip) == ("192.0.33.5", "10.0.0.4")
    assert (options.udp_port, options.relay, options.tls_port) == (3479, ("127.0.0.1", 3480), 0)
    assert (options.policy, options.media_ranges) == ("sfu", ("20.202.0.0/16",))


def test_without_a_relay_coturn_serves_tls_itself(tmp_path: Path) -> None:
    options = coturn_options(settings(tmp_path), ACS)
    assert (options.relay, options.tls_port) == (None, 443)
    assert (options.policy, options.media_ranges) == ("deny-private", ())
    assert options.realm == "turn.hospital.example"


def test_a_policy_that_is_given_goes_over_the_settings(tmp_path: Path) -> None:
    own = settings(tmp_path, 'policy = "sfu"')
    assert coturn_options(own, AGORA, policy="deny-private").policy == "deny-private"


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    for make in (turn_of, lambda each: coturn_options(each, ACS)):
        with pytest.raises(Unusable, match=r"there is no \[turn\]"):
            make(Settings())
    with pytest.raises(Unusable, match=r"turn\.addresses: "):
        coturn_options(settings(tmp_path, "addresses = []"), ACS)
    with pytest.raises(Unusable, match="policy sfu: of no vendor"):
        coturn_options(settings(tmp_path, 'policy = "sfu"'), AGORA)
