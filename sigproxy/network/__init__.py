"""The network test, ``/-/network``: who may run it, what there is to try, and its page."""
