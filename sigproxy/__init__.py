"""sigproxy: a signaling reverse proxy (HTTP and WebSocket) for WebRTC SDKs.

The nouns, one meaning each, spelled the same in code, log, configuration and documents:

exchange        one request and its answer, or one WebSocket from handshake to close
downstream      toward the client: the SDK in a browser or an app
upstream        toward the vendor: the host that the SDK wanted to reach
request target  the bytes between method and version in the request line (RFC 9112, 3.2)
target          the https URL that a request is forwarded to: authority and origin-form path
authority       host and port (RFC 3986, 3.2)
origin          scheme, host and port of the web page that called (RFC 6454), as in ``Origin``
fields          header lines as (name, value) pairs of bytes, in order, duplicates kept
hop-by-hop      fields that mean something to the next connection only (RFC 9110, 7.6.1)
end-to-end      fields that cross the gateway
route           a path prefix with a dialect and the policies that hold under it
dialect         a URL form by which SDKs name the target behind the gateway's own address
policy          what the operator chose: targets, redirects, CORS, cookies, limits
admit           to find that policy allows a target, before any socket is opened
tunnel          a WebSocket after its 101: bytes relayed both ways, nothing decoded
drain           the time between "stop" and the end, in which what is open is brought home
"""

__version__ = "0.1.0"
