"use strict";
// The way of media: STUN, TURN with a connection for each URL, and packets through what works.

const UDP_MS = 10000; // UDP that is dropped fails after 40 s only
const TCP_MS = 15000;
const MEDIA_S = 5;
const EVERY_MS = 20; // 50 packets a second, as voice has
const PACKET_BYTES = 160;
const LATE_MS = 1000;
const FULL_S = 3;
const FULL_BYTES = 1000; // 250 a second: 2 Mbit/s, of which no line should be taken more
const FULL_EVERY_MS = 4;
const MOST_BUFFERED = 65536;

function wayOf(url) {
  if (url.startsWith("turns:")) return "tls";
  return url.endsWith("transport=tcp") ? "tcp" : "udp";
}

// "turns:gateway.example:443?transport=tcp" -> { host: "gateway.example", port: 443 }
function placeOf(url) {
  const place = url.replace(/^\w+:/, "").replace(/\?.*/, "");
  const [, host, port] = place.match(/^(.*?)(?::(\d+))?$/);
  return { host, port: Number(port || (url.startsWith("turns:") ? 5349 : 3478)) };
}

// Gather with one server alone, so that nothing mixes.
async function gather(server, wanted, deadlineMs) {
  const relayed = wanted === "relay";
  const made = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: relayed ? "relay" : "all" });
  try {
    return await gathered(made, wanted, relayed, deadlineMs);
  } finally {
    made.close();
  }
}

function gathered(made, wanted, relayed, deadlineMs) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const faults = [];
    const end = (state, more) => {
      clearTimeout(timer);
      resolve({ state, ms: since(began), ...more });
    };
    // A browser tries several addresses of its own, and IPv6 beside IPv4: what one of them met says
    // little while another waits.
    const worst = (state) => faults.find((each) => each.state === state);
    const fail = (fault, state) => end(fault ? fault.state : state, { detail: fault && fault.detail });
    const timer = setTimeout(() => fail(worst("credentials"), "silent"), deadlineMs);
    made.onicecandidateerror = (event) => {
      faults.push({ state: faultOf(event), detail: `${event.errorCode} ${event.errorText}` });
    };
    made.onicecandidate = ({ candidate }) => {
      if (candidate && candidate.type === wanted) end("ok", { address: candidate.address });
      // Without a NAT the address that STUN tells is one that is known, and is no candidate more.
      if (candidate) return;
      const fault = worst("credentials") || worst("refused") || worst("lookup");
      if (relayed || fault) fail(fault, "refused");
      else end("ok", {});
    };
    made.createDataChannel("way");
    made.setLocalDescription().catch(reject);
  });
}

function faultOf({ errorCode, errorText }) {
  if (errorCode === 401) return "credentials";
  return /lookup/i.test(errorText || "") ? "lookup" : "refused";
}

// Two peers in this page, both relayed by one URL; null: the two did not connect.
async function pair(server) {
  const config = { iceServers: [server], iceTransportPolicy: "relay" };
  const [one, other] = [new RTCPeerConnection(config), new RTCPeerConnection(config)];
  one.onicecandidate = ({ candidate }) => candidate && other.addIceCandidate(candidate).catch(() => {});
  other.onicecandidate = ({ candidate }) => candidate && one.addIceCandidate(candidate).catch(() => {});
  const close = () => { one.close(); other.close(); };
  try {
    const channel = one.createDataChannel("packets", { ordered: false, maxRetransmits: 0 });
    const theirs = new Promise((resolve) => { other.ondatachannel = (event) => resolve(event.channel); });
    const opened = new Promise((resolve) => { channel.onopen = resolve; });
    await one.setLocalDescription();
    await other.setRemoteDescription(one.localDescription);
    await other.setLocalDescription();
    await one.setRemoteDescription(other.localDescription);
    const both = await Promise.race([Promise.all([opened, theirs]), pause(TCP_MS).then(() => null)]);
    if (both) return { channel, theirs: both[1], close };
    close();
    return null;
  } catch (error) {
    close();
    throw error;
  }
}

async function tryMedia(server, way) {
  const began = performance.now();
  const made = await pair(server);
  const ms = since(began);
  if (!made) return { way, state: "failed", ms, detail: TEXT.notConnected };
  try {
    const packets = await exchange(made);
    if (packets.every((each) => each === null)) return { way, state: "failed", ms, detail: TEXT.allLost };
    return { way, state: "ok", ms, ...figures(packets), packets, kbit: await fillUp(made) };
  } finally {
    made.close();
  }
}

// What each packet took there and back, in ms, in the order of sending; null: it was lost.
async function exchange({ channel, theirs }) {
  const sent = [];
  const took = [];
  theirs.onmessage = ({ data }) => theirs.send(data);
  channel.onmessage = ({ data }) => {
    const number = parseInt(data, 10);
    took[number] ??= since(sent[number]);
  };
  const began = performance.now();
  while (since(began) < MEDIA_S * 1000) {
    // A timer may come late: what is due then goes out at once.
    while (sent.length * EVERY_MS <= since(began) && channel.readyState === "open") {
      sent.push(performance.now());
      channel.send(String(sent.length - 1).padEnd(PACKET_BYTES, " "));
    }
    await pause(EVERY_MS / 2);
  }
  for (let left = LATE_MS; left > 0 && sent.some((_, number) => took[number] === undefined); left -= EVERY_MS) {
    await pause(EVERY_MS);
  }
  return sent.map((_, number) => took[number] ?? null);
}

function figures(packets) {
  const times = packets.filter((each) => each !== null);
  const changes = times.slice(1).map((each, index) => Math.abs(each - times[index]));
  const jitter = changes.reduce((mean, each) => mean + (each - mean) / 16, 0); // RFC 3550, 6.4.1
  return {
    sent: packets.length, received: times.length,
    loss: packets.length ? 100 * (1 - times.length / packets.length) : 100,
    p50: quantile(times, 0.5), p95: quantile(times, 0.95), jitter,
  };
}

// How much arrives of 2 Mbit/s, in kbit/s.
async function fillUp({ channel, theirs }) {
  let received = 0;
  let last = 0;
  const began = performance.now();
  theirs.onmessage = ({ data }) => { received += data.byteLength ?? data.length; last = since(began); };
  const packet = new Uint8Array(FULL_BYTES);
  for (let sent = 0; since(began) < FULL_S * 1000; await pause(FULL_EVERY_MS)) {
    while (sent * FULL_EVERY_MS <= since(began) && channel.readyState === "open") {
      sent += 1;
      if (channel.bufferedAmount < MOST_BUFFERED) channel.send(packet);
    }
  }
  await pause(200);
  return last ? (received * 8) / Math.max(last, FULL_S * 1000) : 0;
}
