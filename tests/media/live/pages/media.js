"use strict";
// What a test asks of the page. Each function ends with what it has seen; `noted` says how far it is.

const noted = [];
const note = (...words) => noted.push(`${Math.round(performance.now())} ${words.join(" ")}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// From the gateway itself, and by POST: a browser sends no Origin with a GET of the page's own.
async function configuration(mode) {
  const answer = await fetch(`/-/ice?sdk=webrtc&mode=${mode}`, { method: "POST" });
  if (!answer.ok) throw new Error(await answer.text());
  const { iceServers } = await answer.json();
  return { iceServers, iceTransportPolicy: "relay" };
}

function connection(config, send) {
  const made = new RTCPeerConnection(config);
  made.onconnectionstatechange = () => note(made.connectionState);
  made.onicecandidateerror = (event) => note(event.errorCode, event.errorText, event.url);
  made.onicecandidate = ({ candidate }) => {
    if (!candidate) return;
    note(candidate.candidate, candidate.url);
    if (candidate.type === "relay") made.firstRelay ??= performance.now();
    send(candidate);
  };
  return made;
}

// The pair that media takes: how each end is relayed, and what kind of candidate it is.
async function pair(peer) {
  const stats = await peer.getStats();
  for (const each of stats.values()) {
    if (each.type !== "transport" || !each.selectedCandidatePairId) continue;
    const chosen = stats.get(each.selectedCandidatePairId);
    const own = stats.get(chosen.localCandidateId);
    const theirs = stats.get(chosen.remoteCandidateId);
    return {
      local: own.candidateType, remote: theirs.candidateType,
      transport: own.relayProtocol, url: own.url, address: theirs.address,
    };
  }
  return null;
}

// Two peers in this page, both relayed: 50 packets a second that nobody sends again, echoed.
async function loopback(mode, seconds) {
  const config = await configuration(mode);
  const one = connection(config, (candidate) => other.addIceCandidate(candidate));
  const other = connection(config, (candidate) => one.addIceCandidate(candidate));
  const channel = one.createDataChannel("packets", { ordered: false, maxRetransmits: 0 });
  other.ondatachannel = (event) => {
    event.channel.onmessage = (message) => event.channel.send(message.data);
  };
  const times = [];
  channel.onmessage = (message) => times.push(performance.now() - Number(message.data));
  const opened = new Promise((resolve) => { channel.onopen = resolve; });

  const began = performance.now();
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription);
  await opened;
  const connected = performance.now() - began;

  let sent = 0;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; sent += 1) {
    channel.send(String(performance.now()));
    await pause(20);
  }
  for (let left = 50; times.length < sent && left; left -= 1) await pause(20);
  const selected = await pair(one);
  const firstRelay = one.firstRelay - began;
  one.close();
  other.close();
  times.sort((a, b) => a - b);
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
  return { sent, received: times.length, connected, firstRelay, pair: selected, p50: at(0.5), p95: at(0.95) };
}

// A call with whoever else is in the room; `offers` is true for one of the two.
let call;

async function join(room, mode, offers) {
  const config = await configuration(mode);
  const tell = (message) => socket.send(JSON.stringify(message));
  call = connection(config, (candidate) => tell({ candidate }));
  call.ontrack = (event) => { document.getElementById("theirs").srcObject = event.streams[0]; };
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of media.getTracks()) call.addTrack(track, media);
  const socket = new WebSocket(`wss://${location.host}/app/room/${room}`);
  let turn = Promise.resolve(); // one message after the other
  socket.onmessage = (event) => { turn = turn.then(() => take(JSON.parse(event.data))); };
  async function take({ both, description, candidate }) {
    note("told", both ? "both are here" : description?.type ?? "a candidate");
    if (both && offers) await call.setLocalDescription();
    if (description) {
      await call.setRemoteDescription(description);
      if (!offers) await call.setLocalDescription();
    }
    if (candidate) await call.addIceCandidate(candidate);
    if ((both && offers) || (description && !offers)) tell({ description: call.localDescription });
  }
}

// What has come of the other's voice and picture until now, and over which pair.
async function heard() {
  const found = { state: call.connectionState, pair: await pair(call), audio: 0, frames: 0, lost: 0 };
  for (const each of (await call.getStats()).values()) {
    if (each.type !== "inbound-rtp") continue;
    if (each.kind === "audio") found.audio += each.packetsReceived;
    if (each.kind === "video") found.frames += each.framesDecoded;
    found.lost += each.packetsLost;
  }
  return found;
}

// Whether RTCPeerConnection takes each URL of each SDK's answer, whatever the answer's form is.
async function constructed(sdks, modes) {
  const found = [];
  for (const sdk of sdks) {
    for (const mode of modes) {
      const answer = await fetch(`/-/ice?sdk=${sdk}&mode=${mode}`, { method: "POST" });
      if (!answer.ok) {
        note(sdk, mode, await answer.text());
        continue;
      }
      for (const { urls, ...credential } of servers(await answer.json())) {
        for (const url of urls) found.push({ sdk, mode, url, error: refusal({ urls: url, ...credential }) });
      }
    }
  }
  return found;
}

function servers(value) {
  if (value === null || typeof value !== "object") return [];
  const urls = value.urls ?? value.url;
  if (urls === undefined) return Object.values(value).flatMap(servers);
  const { username, credential } = value;
  return [{ urls: [urls].flat(), username, credential }];
}

function refusal(server) {
  try {
    new RTCPeerConnection({ iceServers: [server] }).close();
    return null;
  } catch (error) {
    return String(error);
  }
}
