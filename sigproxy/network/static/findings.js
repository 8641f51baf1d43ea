"use strict";
// The sentences of each finding. {name} stands for what is filled in.

// What is found: who has to mend it, what that means for calls, and the rule or the remedy.
const FINDINGS = {
  all_well: {
    title: "All is well",
    text: "Signaling, vendors and media were tried, and nothing is in their way. If calls fail all the same, the cause is not this network: send the report to the app's developers.",
  },
  browser_lacks: {
    who: "computer",
    title: "This browser lacks what calls need",
    text: "It has no {names}: an older browser, or a setting or an extension that takes it away. No network mends that, and what needs it was not tried.",
    remedy: "Use a current Chrome, Edge, Firefox or Safari, allow WebRTC in its settings, and switch off extensions for {gateway}.",
  },
  test_failed: {
    who: "computer",
    title: "Not tried: {step}",
    text: "The browser stopped this step of the test, which so says nothing of the network: {detail}.",
    remedy: "Test again in a current Chrome, Edge, Firefox or Safari without extensions; if the same comes there, send the report to the gateway's operator.",
  },
  not_a_gateway: {
    who: "network",
    title: "Something else answers in the gateway's place",
    text: "This page came from {gateway}, and what it asked for next was answered ({detail}), but not by the gateway: by the sign-in page of a network (captive portal), a filter, or a server in front of the gateway.",
    remedy: "Open another site, sign in if the network asks for it, and test again. Otherwise pass HTTPS (TCP {port}) to {gateway} on unchanged, and ask the gateway's operator what stands in front of it.",
  },
  gateway_unreachable: {
    who: "network",
    title: "The gateway does not answer",
    text: "This page came from {gateway}, and further requests to it fail. The connection was lost, or something in between lets pages through and not their requests.",
    rule: "Allow HTTPS (TCP {port}) from clients to {gateway}, without a filter by path or method.",
  },
  gateway_error: {
    who: "gateway",
    title: "The gateway refuses the test ({reason})",
    text: "It answered: {detail}.",
    remedy: "Send the report to the gateway's operator; its request id is in the access log.",
  },
  key_refused: {
    who: "gateway",
    title: "The key in this page's address is not valid",
    text: "It was changed or withdrawn, or the address was not copied whole.",
    remedy: "Ask whoever sent the link for a new one.",
  },
  origin_refused: {
    who: "gateway",
    title: "The gateway takes this page for another site's",
    text: "The browser says that the page is from {origin}, and the gateway does not know that name as its own: a proxy in front changes the Host field, or the page was opened under another name. The app's requests are refused in the same way.",
    remedy: "Let the proxy forward the client's Host field, or add the name to public_names in the gateway's [server], or the origin to allowed_origins.",
  },
  too_many_network_tests: {
    who: "gateway",
    title: "Too many tests from this address",
    text: "{detail}.",
    remedy: "Wait a while, or raise requests_per_address in [network_test].",
  },
  too_many_credentials: {
    who: "gateway",
    title: "Too many TURN credentials for this address",
    text: "Media was not tried. {detail}.",
    remedy: "Wait a while, or raise credentials_per_address in [turn].",
  },
  too_many_websockets: {
    who: "gateway",
    title: "Too many WebSockets from this address",
    text: "{detail}.",
    remedy: "Raise websockets_per_address in [limits].",
  },
  clock_skew: {
    who: "computer",
    title: "This computer's clock is {amount} {direction}",
    text: "Access tokens and certificates have a time in them, and are refused as expired or not valid yet.",
    remedy: "Set the clock from the network (NTP): in the system's settings, “Set time automatically”.",
  },
  preflight_blocked: {
    who: "network",
    title: "Preflights of other sites are blocked",
    text: "Before an app's requests the browser asks with the method OPTIONS, and something in between does not let that pass.",
    rule: "Allow the HTTP method OPTIONS to https://{gateway}, or exempt it from HTTP inspection.",
  },
  websocket_blocked: {
    who: "network",
    title: "WebSockets are blocked",
    text: "HTTPS requests get through, and the WebSocket that the gateway would have accepted does not: a proxy or firewall refuses the upgrade. Calls cannot be set up.",
    rule: "Allow WebSockets (HTTP/1.1 with “Upgrade: websocket”) to wss://{gateway}, or exempt it from HTTP inspection.",
  },
  websocket_idle_cut: {
    who: "network",
    title: "Silent WebSockets are cut after {seconds} s",
    text: "Something in between ends connections on which nothing is sent for a while. Incoming calls do not ring, and calls reconnect.",
    rule: "Raise the idle timeout for TCP {port} to {gateway} to 5 minutes or more.",
  },
  vendor_unreachable: {
    who: "gateway",
    title: "The gateway does not reach {host}",
    text: "It answered for it: {detail} ({reason}). This network is not the cause.",
    remedy: "The request is in the access log under the id {request}; “sigproxy doctor --config FILE” tries all vendors from there.",
  },
  vendor_error: {
    who: "vendor",
    title: "{host} answers with an error",
    text: "The vendor's server was reached, and answered {status}.",
    remedy: "Look at the vendor's status page.",
  },
  vendor_path_blocked: {
    who: "network",
    title: "Requests for {host} do not get to the gateway",
    text: "Other requests to the gateway do. A filter that looks into URLs stops those with this host in them.",
    rule: "Exempt https://{gateway} from URL filters and TLS inspection.",
  },
  turn_unreachable: {
    who: "gateway",
    title: "The TURN server is down",
    text: "The gateway itself cannot connect to it, so that media over TLS has no way; this network is not the cause.",
    remedy: "See whether coturn runs (systemctl status coturn), and whether turn.relay names its tcp-proxy-port.",
  },
  turn_credentials_refused: {
    who: "gateway",
    title: "The TURN server refuses the gateway's credentials",
    text: "It was reached over {ways}, and answered 401: the two do not share the same secret, or the clocks of their machines differ.",
    remedy: "Compare the secret_file of [turn] with coturn's static-auth-secret (sigproxy coturn --config FILE --check /etc/turnserver.conf), and restart coturn.",
  },
  udp_blocked: {
    who: "network",
    title: "UDP is blocked",
    text: "Calls take TLS on port 443 in its place. That works; where packets are lost, sound and picture suffer more than over UDP.",
    rule: "Allow UDP from clients to {turnHost}, port {udpPort}, and its answers.",
  },
  only_443: {
    who: "network",
    title: "Only TCP port 443 is open",
    text: "Neither UDP nor TCP port {udpPort} gets an answer from {turnHost}. Calls take TLS on port 443. That works; where packets are lost, sound and picture suffer more than over UDP.",
    rule: "Allow UDP from clients to {turnHost}, port {udpPort}, and its answers.",
  },
  http_proxy_only: {
    who: "network",
    title: "Only an HTTP proxy leads out",
    text: "Pages load, and the browser cannot resolve {turnHost} by itself: all goes through the proxy. Calls take TLS on port 443 through it. That works; where packets are lost, sound and picture suffer more than over UDP.",
    rule: "For better calls, let clients resolve {turnHost} and reach it past the proxy: UDP port {udpPort}, and its answers.",
  },
  turn_tls_blocked: {
    who: "network",
    title: "TURN over TLS is blocked",
    text: "HTTPS to {gateway} gets through, and TURN on port {tlsPort} does not: something in between lets only HTTP pass. Calls that have UDP go on; others have no way.",
    rule: "Let TCP {tlsPort} to {turnHost} pass uninspected: no TLS inspection (where the firewall opens the encryption), and no protocol inspection or application control (where it passes only HTTP on this port).",
  },
  media_blocked: {
    who: "network",
    title: "No way for media",
    text: "The TURN server was reached neither over UDP nor over TLS, though the gateway says that it runs.",
    rule: "Let TCP {tlsPort} to {turnHost} pass uninspected: no TLS inspection (where the firewall opens the encryption), and no protocol inspection or application control (where it passes only HTTP on this port). And allow UDP to {turnHost}, port {udpPort}, and its answers.",
  },
  turn_silent: {
    who: "network",
    title: "The TURN server does not answer",
    text: "Nothing came from {turnHost}. Either this network blocks it, or it is down: the gateway cannot tell, for it has no connection of its own to it.",
    rule: "Allow UDP from clients to {turnHost}, port {udpPort}, and TCP port {tlsPort}.",
  },
  media_failed: {
    who: "gateway",
    title: "Media does not pass the TURN server (over {way})",
    text: "Relays were given out, and nothing comes through them: the TURN server refuses its own public address as a peer, or a firewall in front of it blocks its relay ports.",
    remedy: "sigproxy coturn --config FILE --check /etc/turnserver.conf says what is missing; the NAT in front has to pass what the machine sends to its own public address.",
  },
  media_lossy: {
    who: "network",
    title: "{loss} % of the packets are lost (over {way})",
    text: "Speech has gaps from about 3 % on.",
    remedy: "See whether the line is full or the Wi-Fi weak: test again by cable, and when nobody else uses the line.",
  },
  media_slow: {
    who: "network",
    title: "Packets take {p95} ms there and back (over {way})",
    text: "People talk over each other from about 400 ms on.",
    remedy: "See whether the line is full, a VPN makes a detour, or the gateway is far away.",
  },
  media_narrow: {
    who: "network",
    title: "The line carries {kbit} kbit/s (over {way})",
    text: "That is enough for voice, and not for video, which takes 500 kbit/s and more.",
    remedy: "See whether the line is full or a limit for this kind of traffic is set.",
  },
};

const WHO = {
  network: "For whoever runs the firewall or the network: send them the report",
  gateway: "For the gateway's operator",
  computer: "On this computer",
  vendor: "On the vendor's side",
};
