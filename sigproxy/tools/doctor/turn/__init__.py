"""The checks of a TURN server: what it relays, and what it must refuse."""
