"""TURN with a real coturn and a real browser, in networks that are closed as customers' are.

Namespaces joined by veth pairs; nothing leaves them. `make test-media`, as root.
"""
