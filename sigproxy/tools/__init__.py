"""Tools for operators; the gateway does not use them when it serves requests."""
