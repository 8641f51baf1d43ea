"""Options for coturn."""

from dataclasses import replace

from sigproxy.media.coturn.options import VERSIONS, CoturnOptions

SECRETS = ("first-secret-0123456789abcdef-01", "second-secret-0123456789abcdef-2")
OPTIONS = CoturnOptions("realm.example", SECRETS, "192.0.33.5", relay=("127.0.0.1", 3479))
NAT = replace(OPTIONS, local_ip="10.0.0.4")
SFU = replace(OPTIONS, policy="sfu", media_ranges=("20.202.0.0/16", "99.77.128.0/18"))
ALONE = replace(OPTIONS, relay=None, tls_port=443)
PLAIN = replace(OPTIONS, relay=None)
REMOTE = replace(OPTIONS, relay=("10.0.0.4", 3479), local_ip="10.0.0.4")
IPV6 = replace(OPTIONS, relay_ip6="2606:2800:220:1::5")
EVERY = [
    replace(options, version=version)
    for options in (OPTIONS, NAT, SFU, ALONE, PLAIN, REMOTE, IPV6)
    for version in VERSIONS
]
