"""Fields in which proxies in front of us describe the request that they received.

They give the client's address, the URL and certificate that it used, and the user who signed in.
Our request to the vendor is a different one, to another host and over https. A vendor that trusts
"X-Forwarded-Proto: http" redirects forever; one that trusts X-Forwarded-Host builds URLs with the
operator's internal names; one that trusts CF-Connecting-IP lets any client choose its address. So
none of these fields is forwarded.

The lists are from the documentation of proxies and CDNs. A prefix is listed if only proxies use it,
else single names: "x-ms-", "x-amz-" and "cf-" also begin fields of SDKs. Trace context
(traceparent, X-Amzn-Trace-Id, X-Cloud-Trace-Context, X-B3-*, X-Request-Id) is forwarded.
"""

from functools import lru_cache

from sigproxy.semantics.fields import HOP_BY_HOP, Field, Fields

# What ``read_name`` returns for a field that is never forwarded; no field has this name.
NEVER = b""

_FAMILIES = (
    b"x-forwarded-",  # we write our own X-Forwarded-For
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
    # The client's certificate and TLS, from the proxy that terminates TLS.
    *(b"x-ssl-", b"ssl-client-", b"x-client-cert", b"x-amzn-mtls-", b"x-amzn-tls-"),
    # The user signed in by a proxy: oauth2-proxy, authentik, Pomerium, the clouds' gateways.
    *(b"x-auth-request-", b"x-authentik-", b"x-pomerium-", b"tailscale-user-"),
    *(b"x-goog-authenticated-user-", b"x-goog-iap-", b"x-amzn-oidc-"),
    *(b"x-ms-client-principal", b"x-ms-token-aad-", b"cf-access-authenticated-"),
    # The same from Kong and APISIX, Grafana's proxies, Vouch, mod_auth_openidc, Shibboleth, a
    # Kubernetes front proxy, and AWS Verified Access.
    *(b"x-consumer-", b"x-authenticated-", b"x-webauth-", b"x-vouch-", b"oidc-claim-", b"shib-"),
    *(b"x-remote-extra-", b"x-amzn-ava-"),
)
# Fields of these families that clients send: requests to Akamai's storage have them.
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
        *(b"z-forwarded-for", b"x-ms-forwarded-client-ip", b"x-ms-adfs-proxy-client-ip"),
        # The URL and the scheme that the client requested.
        *(b"x-original-host", b"x-original-url", b"x-original-uri", b"x-original-proto"),
        *(b"x-original-scheme", b"x-original-port", b"x-original-prefix", b"x-original-path"),
        *(b"x-original-for", b"x-original-method", b"x-original-remote-addr"),
        *(b"x-rewrite-url", b"x-replaced-path", b"x-request-uri", b"x-script-name"),
        *(b"x-ingress-path", b"x-scheme", b"x-url-scheme", b"front-end-https"),
        *(b"disguised-host", b"was-default-hostname", b"x-waws-unencoded-url"),
        *(b"x-appservice-proto", b"x-site-deployment-id"),
        *(b"script-name", b"path-info", b"x-host-override", b"x-http-host-override"),
        *(b"x-ms-proxy", b"x-ms-endpoint-absolute-path"),
        # What a CDN or a proxy adds about itself and the exchange.
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
        *(b"surrogate-capability", b"x-request-start", b"x-queue-start"),
        # The certificate that the client has shown (RFC 9440, and what operators call it).
        *(b"client-cert", b"client-cert-chain", b"x-client-dn", b"x-client-verify"),
        # The user that the client has signed in as: by custom, SiteMinder, WebSEAL, Teleport.
        *(b"remote-user", b"remote-email", b"remote-name", b"remote-groups", b"x-remote-user"),
        *(b"x-remote-group", b"x-remote-groups", b"x-auth-username", b"x-auth-userid"),
        *(b"x-auth-email", b"x-auth-subject", b"x-auth-roles", b"x-auth-groups"),
        *(b"sm-user", b"sm-userdn", b"sm-universalid", b"sm-serversessionid", b"sm-authtype"),
        *(b"iv-user", b"iv-user-l", b"iv-groups", b"iv-creds", b"iv-remote-address"),
        b"teleport-jwt-assertion",
    }
)
# These are forwarded, but only in the exact spelling: some programs read others as the same field.
_EXACT = frozenset(
    {
        *(b"authorization", b"content-encoding", b"content-length", b"content-type", b"cookie"),
        *(b"host", b"proxy", b"expect", b"via", b"cdn-loop", b"origin"),
        *(b"sec-websocket-accept", b"sec-websocket-extensions", b"sec-websocket-key"),
        *(b"sec-websocket-protocol", b"sec-websocket-version"),
    }
)
# CGI and its successors (WSGI, PHP, Rack) turn a field name into letters, digits and "_", so that
# "X_Forwarded_For" and "X.Forwarded.For" become X-Forwarded-For there.
_SEPARATORS = bytes(
    code if chr(code).isascii() and chr(code).isalnum() else ord("-") for code in range(256)
)


def read_name(name: bytes) -> bytes:
    """Return *name* for comparison: in lower case, as the field that a CGI program would read.

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


# A cache: each request has a dozen fields, and their names are always the same. Long names are not
# cached, or a client could fill the memory with them.
_KEPT_BYTES = 64
_known = lru_cache(maxsize=1024)(read_name)


def crossing(fields: Fields, dropped: frozenset[bytes]) -> list[Field]:
    """Return the *fields* to forward to the vendor; *dropped* contains NEVER and other names."""
    return [
        field
        for field in fields
        if (_known(name) if len(name := field[0]) <= _KEPT_BYTES else read_name(name))
        not in dropped
    ]
