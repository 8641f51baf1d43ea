"use strict";

// What is wrapped looks as it did: where it is, its flags, name, length, and that it is native.
const names = {
  window: ["fetch", "fetchLater", "Request", "Response", "WebSocket", "EventSource", "Worker", "SharedWorker"],
  Navigator: ["sendBeacon"],
  Request: ["url", "clone", "constructor"],
  Response: ["url", "clone", "constructor"],
  XMLHttpRequest: ["open", "responseURL", "send", "constructor"],
  WebSocket: ["url", "constructor", "send"],
  EventSource: ["url", "constructor"],
  MessageEvent: ["origin", "data"],
  HTMLScriptElement: ["src"],
  HTMLImageElement: ["src", "constructor"],
  HTMLMediaElement: ["src", "currentSrc"],
  HTMLAudioElement: ["constructor"],
  HTMLSourceElement: ["src"],
  HTMLLinkElement: ["href"],
  HTMLIFrameElement: ["contentWindow", "contentDocument", "src"],
  Element: ["setAttribute", "getAttribute"],
  Cache: ["add", "match", "keys", "put"],
  CacheStorage: ["match"],
  Worklet: ["addModule"],
  RTCPeerConnection: ["createOffer", "setLocalDescription", "getConfiguration", "constructor"],
};
for (const [type, all] of Object.entries(names)) {
  for (const name of all) {
    test(`looks: ${type}.${name}`, () => look(type === "window" ? window : (window[type] || {}).prototype, name));
  }
}
for (const name of ["WebTransport", "Audio", "RTCPeerConnection", "webkitRTCPeerConnection"]) {
  test(`looks: window.${name}`, () => look(window, name));
}
for (const name of ["createObjectURL", "revokeObjectURL"]) test(`looks: URL.${name}`, () => look(URL, name));
test("looks: the window's keys", () => Object.keys(window).filter((each) => /sigproxy|shim/.test(each)));
test("looks: Audio's prototype", () => [
  Audio.prototype === HTMLAudioElement.prototype,
  document.createElement("audio").constructor === HTMLAudioElement,
  HTMLAudioElement.prototype.constructor.name,
]);
test("looks: own properties of what is constructed", () =>
  ["WebSocket", "EventSource", "Request", "Worker", "Audio"].map((each) => Object.getOwnPropertyNames(window[each]))
);
test("looks: an error's kind", () => {
  try {
    WebSocket();
  } catch (error) {
    return [error instanceof TypeError, error.constructor === TypeError];
  }
});
test("looks: createObjectURL of what it does not take", () => URL.createObjectURL({}));
test("looks: createObjectURL of a stream's source", () => typeof URL.createObjectURL(new MediaSource()));
test("RTCPeerConnection: as it is without data-turn", async () => {
  const made = new RTCPeerConnection({ iceServers: [{ urls: "stun:stun.vendor.example" }] });
  const { iceServers, iceTransportPolicy } = made.getConfiguration();
  made.createDataChannel("x");
  const { type } = await made.createOffer();
  made.close();
  return [iceServers[0].urls, iceTransportPolicy, type, made instanceof RTCPeerConnection];
});
