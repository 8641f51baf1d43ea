"""A line, and what is never shown of one."""

from sigproxy.media.coturn.options import Line
from tests.media.coturn.samples import NAT, OPTIONS, SECRETS


def test_the_own_address_is_the_interfaces() -> None:
    assert OPTIONS.own_ip == "192.0.33.5"
    assert NAT.own_ip == "10.0.0.4"


def test_a_flag_has_no_value_and_a_secret_is_not_shown() -> None:
    assert Line("fingerprint", "", "", "").text == "fingerprint"
    secret = Line("static-auth-secret", SECRETS[0], "", "", shown="the secret")
    assert secret.text == f"static-auth-secret={SECRETS[0]}"
    assert secret.name == "the secret"
    assert SECRETS[0] not in repr(OPTIONS)
