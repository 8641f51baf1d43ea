"""sigproxy under load and under faults, for minutes: nothing is lost, nothing is left behind.

The nouns: a *caller* is an SDK that holds one WebSocket and comes back when it is cut; a *session*
is one WebSocket of it; a *page* makes HTTP requests. A *fault* is what is done to the service: a
worker is killed, the service reloads, the upstream resets connections. A *failure* is anything
that a caller or a page did not want; a fault *explains* it, or it fails the soak.
"""
