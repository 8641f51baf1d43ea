"""``sigproxy demo``: requests through a gateway to a made-up vendor, all on loopback."""
