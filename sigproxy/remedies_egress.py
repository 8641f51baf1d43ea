"""What the errors of the forward proxy mean, and how to mend them; a part of ``remedies``."""

EGRESS: dict[str, tuple[str, str]] = {
    "egress_refused": (
        "The proxy toward the vendors refuses {place}",
        "Whoever runs the proxy has to allow this host and port; if its rules go by names, set "
        "upstream.proxy_resolves. With a 502, 503 or 504 it cannot connect there itself.",
    ),
    "egress_auth": (
        "The proxy toward the vendors asks for a login that the gateway does not have",
        "Write user:password into upstream.proxy_credentials_file and reload. Where the proxy "
        "does not offer Basic, whoever runs it has to exempt this machine from the login.",
    ),
    "egress_unreachable": (
        "The proxy toward the vendors cannot be connected to",
        "See that it runs, and that upstream.proxy has its host and port (sigproxy doctor tries "
        "it from here).",
    ),
    "egress_timeout": (
        "The proxy toward the vendors does not answer in time",
        "Let the firewall allow TCP from this machine to it. If it accepts connections, it is "
        "overloaded, or waits for the vendor: ask whoever runs it.",
    ),
    "egress_error": (
        "What upstream.proxy names does not answer as a proxy does",
        "Check host and port of upstream.proxy; then ask whoever runs it.",
    ),
}
