"use strict";
// Every sentence that the page shows, but for those of findings.js. {name} stands for what is filled in.

// What stands in page.html where an element has data-text or data-label.
const TEXT = {
  title: "Network test",
  intro: "Tries from this browser what a call through {gateway} needs, and says what is in the way. It takes half a minute, sends a few megabytes, and uses neither camera nor microphone.",
  start: "Start the test",
  again: "Test again",
  long: "Long test (2 minutes)",
  steps: "Step by step",
  progress: "Progress of the test",
  figures: "Round trips of media",
  chart: "Milliseconds there and back, of 50 packets a second for 5 seconds. A mark below the lines is a packet that was lost.",
  chartTitle: "{way}: {p50} ms half of the time, {p95} ms at most in 95 of 100, {loss} % lost.",
  figuresLabel: "Figures of media",
  figuresOf: "Round trips of media over {way}",
  way: "media over",
  p50: "half of them below",
  p95: "95 % of them below",
  jitter: "jitter",
  loss: "packets lost",
  throughput: "arrived, of 2 Mbit/s sent",
  fingerprint: "SHA-256 fingerprint of the certificate that the gateway serves",
  report: "Report",
  reportAbout: "It holds no key and no credential, but this browser's name and, if there is a NAT, its public address.",
  copyText: "Copy as text",
  copyJson: "Copy as JSON",
  sendMail: "Send by mail",
  showReport: "Show the report",
  reportLabel: "The report as text",
  lines: "Lines for the app's developers",
  linesAbout: "What the SDKs need here; “sigproxy snippet” says more. <key> is the access key of the route. /-/ice wants a key of its own, or the page's origin in allowed_origins of [turn].",
  udpAlone: "This SDK relays over UDP alone: it has no media here.",
  tls: "Is TLS opened on the way?",
  running: "Testing: {step}",
  done: "The test has ended. {headline}",
  notConnected: "the two ends did not connect",
  allLost: "no packet came back",
  showing: "Showing the results",
  judging: "Judging the results",
  hidden: "This page was in the background for a while, where browsers slow pages down: keep it in front, and test again.",
  copied: "Copied.",
  notCopied: "The browser does not let this page copy. Select the text below and copy it.",
  rule: "Rule for the firewall",
  remedy: "What to do",
  mail: "Network test of {gateway}: {headline}",
  certificate: "Open the browser's view of the certificate (the symbol left of the address, then “Connection is secure”, then “Certificate is valid”) and compare its SHA-256 fingerprint with this one. If they differ, something between this computer and the gateway opens TLS.",
  noCertificate: "TLS ends in front of this gateway, which so does not know the certificate.",
};

const STATES = { ok: "works", warn: "works, with limits", fail: "fails", skip: "not tried", run: "under way", wait: "waiting" };

// The headline, by the worst finding.
const HEADLINES = {
  ok: "Everything that calls need gets through.",
  warn: "Calls work here, with limits.",
  fail: "Calls fail here, or some of them: see why below.",
  untried: "A part of the test could not be made: see why below.",
  unbegun: "The test could not begin: see why below.",
};

// Which mode to use, by the ways that media has; and if something else has to be mended first.
const MODES = {
  udp: "Media gets through over UDP, the best way: use mode “{mode}”.",
  tls: "Media gets through over TLS on port {tlsPort}: use mode “{mode}”.",
  tcp: "Media gets through over TCP on port {tcpPort}: use mode “{mode}”.",
  none: "Media has no way: no call can be heard or seen.",
  unknown: "Whether media gets through is not known: see below.",
  signaling: "This gateway carries signaling only, so that the way of media was not tried.",
};

const STEPS = {
  https: "HTTPS to the gateway",
  clock: "This computer's clock",
  preflight: "Requests from other sites (CORS preflight)",
  websocket: "WebSocket",
  idle: "WebSocket that is silent for {seconds} s",
  stun: "UDP (STUN)",
  udp: "TURN over UDP, port {port}",
  tcp: "TURN over TCP, port {port}",
  tls: "TURN over TLS, port {port}",
  media: "Media over {way}",
  ice: "Credentials for TURN",
  notTried: "Vendors of the route {route}",
  mediaWas: "{p50} ms there and back, {loss} % lost",
  seenAs: "this network's public address is {address}",
};

const FAULTS = { silent: "no answer", refused: "refused", lookup: "the name is not found" };

const GROUPS = { gateway: "Signaling", vendors: "Vendors, through the gateway", media: "Media" };

const WAYS = { udp: "UDP", tcp: "TCP", tls: "TLS" };

const MODES_LATER = {
  udp: "Media itself gets through over UDP, the best way: once the rest is mended, use mode “{mode}”.",
  tls: "Media itself gets through over TLS on port {tlsPort}: once the rest is mended, use mode “{mode}”.",
  tcp: "Media itself gets through over TCP on port {tcpPort}: once the rest is mended, use mode “{mode}”.",
};

// The lines for each SDK: its proxy, and where its ICE servers come from.
const SDK_LINES = {
  "acs-web": ["Azure Communication Services, web", 'new CallClient({ networkConfiguration: {\n  proxy: { url: "{proxy}" },\n  turn: await (await fetch("{ice}")).json(),\n} })'],
  "acs-android": ["Azure Communication Services, Android", 'callNetworkOptions.setProxyUrl("{proxy}");\n// setIceServers with the JSON of {ice}'],
  "acs-ios": ["Azure Communication Services, iOS", 'callNetworkOptions.proxyUrl = "{proxy}"\n// iceServers with the JSON of {ice}'],
  "acs-windows": ["Azure Communication Services, Windows", 'callNetworkOptions.ProxyUrl = "{proxy}";\n// IceServers with the JSON of {ice}'],
  agora: ["Agora, web", 'client.setProxyServer("{bare}");\nclient.setTurnServer(await (await fetch("{ice}")).json());'],
  vonage: ["Vonage Video", 'OT.setProxyUrl("{proxy}");\nsession.setIceConfig(await (await fetch("{ice}")).json());'],
  daily: ["Daily", 'const call = Daily.createCallObject({ dailyConfig: { proxyUrl: "{proxy}" } });\nawait call.setIceConfig(await (await fetch("{ice}")).json());'],
  webrtc: ["WebRTC without an SDK", 'new RTCPeerConnection(await (await fetch("{ice}")).json());'],
};
// Of an SDK that is not here: where its proxy and its ICE servers are.
const OTHER_SDK = "// proxy: {proxy}\n// ICE servers: the JSON of {ice}";
const NATIVE = ["acs-android", "acs-ios", "acs-windows"]; // they relay over UDP alone

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
