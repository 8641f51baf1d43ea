"""sigproxy: a signaling reverse proxy (HTTP and WebSocket) for WebRTC SDKs.

Terms with one meaning each, spelled the same in code, log, configuration and documentation:

exchange        one request and its response, or one WebSocket from handshake to close
downstream      toward the client: the SDK in a browser or an app
upstream        toward the vendor: the host that the SDK wants to reach
request target  the bytes between method and version in the request line (RFC 9112, 3.2)
target          the https URL that a request is forwarded to: authority and origin-form path
authority       host and port (RFC 3986, 3.2)
origin          scheme, host and port of the calling web page (RFC 6454), as in ``Origin``
fields          header fields as (name, value) pairs of bytes, in order, duplicates kept
hop-by-hop      fields that are only for the next connection (RFC 9110, 7.6.1)
end-to-end      fields that the gateway forwards
route           a path prefix or a host with a dialect, and the policies for its requests
dialect         a URL form in which SDKs put the target into a URL of the gateway
policy          what the operator allows: targets, redirects, CORS, cookies, limits
admit           to check that policy allows it: a target, an origin, a key
vet             to check that an address of a target is one that the gateway may connect to
mount           what stands in front of the dialect's own form: the route's prefix, the access key
peel            to take the gateway's own name off a path, where an SDK repeats it
inner hop       the connection from a proxy in front (a balancer, a CDN) to the gateway
tunnel          a WebSocket after its 101: bytes relayed unchanged; only frame headers are read
drain           the time between the stop signal and the exit: open exchanges may finish
"""

__version__ = "0.1.0"
