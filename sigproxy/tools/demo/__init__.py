"""``sigproxy demo``: a gateway and a made-up vendor on loopback, and what passes between them."""
