"""Fields by which proxies in front of us state facts of their own hop.

Who the client is, which URL and which certificate it used, who it has signed in as: true of the
request that reached the proxy in front. To the vendor our request is another one, to another host
and over https. A vendor that believes "X-Forwarded-Proto: http" redirects for ever, one that
believes X-Forwarded-Host builds URLs with the operator's inner names, and one that believes
CF-Connecting-IP lets any client choose its address. So none of these crosses.

Listed is what the makers of proxies and CDNs document. Families are by prefix where all of it is
theirs, and name by name where applications use the rest: "x-ms-", "x-amz-" and "cf-" begin fields
of SDKs too. Trace context (traceparent, X-Amzn-Trace-Id, X-Cloud-Trace-Context, X-B3-*,
X-Request-Id) is end-to-end and crosses.
"""

from functools import lru_cache

from sigproxy.semantics.fields import HOP_BY_HOP, Field, Fields

# What ``read`` returns for a field that never crosses; no field has this name.
NEVER = b""

_FAMILIES = (
    b"x-forwarded-",  # For is written anew
    b"x-original-forwarded-",  # ingress-nginx
    b"x-envoy-",
    b"x-appengine-",
    b"x-arr-",  # IIS: Application Request Routing
    b"x-akamai-",
    b"cloudfront-",
    b"x-amz-cf-",
    *(b"cf-connecting-", b"cf-ip", b"cf-bot-", b"cf-cert-", b"cf-region"),
    *(b"fastly-client-", b"fastly-orig-"),
    *(b"fly-client-", b"fly-forwarded-"),
    *(b"x-vercel-ip-", b"x-vercel-forwarded-", b"x-vercel-proxied-"),
    # The client's certificate and TLS, told by whoever ended it.
    *(b"x-ssl-", b"ssl-client-", b"x-client-cert", b"x-amzn-mtls-", b"x-amzn-tls-"),
    # Whom a login in front has signed in: oauth2-proxy, authentik, Pomerium, the clouds' gateways.
    *(b"x-auth-request-", b"x-authentik-", b"x-pomerium-", b"tailscale-user-"),
    *(b"x-goog-authenticated-user-", b"x-goog-iap-", b"x-amzn-oidc-"),
    *(b"x-ms-client-principal", b"x-ms-token-aad-", b"cf-access-authenticated-"),
)
# Of the families: what clients send. Akamai's storage is asked with these.
_EXCEPTIONS = (b"x-akamai-acs-",)
_STATED = frozenset(
    {
        # The client's address and port.
        *(b"forwarded", b"x-forwarded", b"forwarded-for", b"forwarded-for-ip", b"x-real-ip"),
        *(b"client-ip", b"http-client-ip", b"remote-addr", b"true-client-ip", b"real-ip"),
        *(b"x-client-ip", b"x-client-port", b"x-cluster-client-ip", b"x-real-port"),
        *(b"x-remote-addr", b"x-remote-ip", b"x-originating-ip", b"x-proxyuser-ip"),
        *(b"proxy-client-ip", b"wl-proxy-client-ip", b"wl-proxy-ssl", b"x-true-client-ip"),
        *(b"incap-client-ip", b"do-connecting-ip", b"x-nf-client-connection-ip"),
        *(b"eo-connecting-ip", b"eo-client-ip", b"ali-cdn-real-ip", b"cdn-src-ip"),
        *(b"x-sucuri-clientip", b"x-sucuri-country", b"akamai-client-ip"),
        # The URL and the scheme that it asked for.
        *(b"x-original-host", b"x-original-url", b"x-original-uri", b"x-original-proto"),
        *(b"x-original-scheme", b"x-original-port", b"x-original-prefix", b"x-original-path"),
        *(b"x-original-for", b"x-original-method", b"x-original-remote-addr"),
        *(b"x-rewrite-url", b"x-replaced-path", b"x-request-uri", b"x-script-name"),
        *(b"x-ingress-path", b"x-scheme", b"x-url-scheme", b"front-end-https"),
        *(b"disguised-host", b"was-default-hostname", b"x-waws-unencoded-url"),
        *(b"x-appservice-proto", b"x-site-deployment-id"),
        # What a CDN or a proxy says about itself and the exchange.
        *(
            b"cf-ray",
            b"cf-visitor",
            b"cf-worker",
            b"cf-pseudo-ipv4",
            b"cf-ew-via",
            b"cf-warp-tag-id",
        ),
        *(b"cf-request-id", b"cf-device-type", b"cf-timezone", b"cf-metro-code", b"cf-postal-code"),
        *(b"cf-verified-bot", b"cf-ja3-hash", b"cf-ja4", b"cf-access-jwt-assertion"),
        *(b"fastly-client", b"fastly-ff", b"fastly-ssl", b"fastly-temp-xff"),
        *(b"x-azure-clientip", b"x-azure-clientport", b"x-azure-socketip", b"x-azure-fdid"),
        *(b"x-azure-ref", b"x-azure-ref-originshield", b"x-azure-requestchain"),
        *(b"x-azure-healthprobe", b"x-fd-healthprobe", b"x-fd-clientip", b"x-fd-socketip"),
        *(b"x-fd-ref", b"x-fd-edgeenvironment"),
        *(b"akamai-origin-hop", b"akamai-reputation", b"akamai-bot", b"akamai-user-risk"),
        *(b"fly-region", b"x-vercel-id", b"x-vercel-deployment-url", b"x-vercel-ja4-digest"),
        *(b"eo-log-uuid", b"x-varnish", b"x-nginx-proxy", b"x-bluecoat-via", b"x-imforwards"),
        b"surrogate-capability",
        # Whom it has signed in as.
        *(b"remote-user", b"remote-email", b"remote-name", b"remote-groups", b"x-remote-user"),
    }
)
# End-to-end, but not in a spelling that only some readers take for it.
_EXACT = frozenset(
    {
        *(b"authorization", b"content-encoding", b"content-length", b"content-type", b"cookie"),
        *(b"host", b"proxy", b"expect", b"via", b"cdn-loop", b"origin"),
        *(b"sec-websocket-accept", b"sec-websocket-extensions", b"sec-websocket-key"),
        *(b"sec-websocket-protocol", b"sec-websocket-version"),
    }
)
# CGI and its heirs (WSGI, PHP, Rack) name a field by letters, digits and "_" alone, so that
# "X_Forwarded_For" and "X.Forwarded.For" are X-Forwarded-For to what is behind them.
_SEPARATORS = bytes(
    code if chr(code).isascii() and chr(code).isalnum() else ord("-") for code in range(256)
)


def read_name(name: bytes) -> bytes:
    """Return *name* as the rules compare it: in lower case, and as the field that it may pass for.

    >>> read_name(b"X_Under"), read_name(b"Content_Length"), read_name(b"CF-Ray")
    (b'x-under', b'', b'')
    """
    spelled = name.lower()
    meant = spelled.translate(_SEPARATORS).strip(b"-")
    if meant in _STATED or (meant.startswith(_FAMILIES) and not meant.startswith(_EXCEPTIONS)):
        return NEVER
    if meant != spelled and (meant in _EXACT or meant in HOP_BY_HOP):
        return NEVER
    return meant or spelled


# Each of a dozen fields of each request is asked about, and their names are always the same. What
# is too long to be worth its place is not kept: a client could fill the memory with it.
_KEPT_BYTES = 64
_known = lru_cache(maxsize=1024)(read_name)


def crossing(fields: Fields, dropped: frozenset[bytes]) -> list[Field]:
    """Return those of *fields* that go on to the vendor; *dropped* holds NEVER, and more names."""
    return [
        field
        for field in fields
        if (_known(name) if len(name := field[0]) <= _KEPT_BYTES else read_name(name))
        not in dropped
    ]
