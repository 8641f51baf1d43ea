"use strict";
// One run of the test, from what the gateway says there is to try to the verdict.

const OWN = "/-/network";
const AT_ONCE = 4;
const NEEDED = ["fetch", "WebSocket", "RTCPeerConnection"];

const BASE = location.pathname.slice(0, location.pathname.indexOf(OWN));
const KEY = location.pathname.slice(BASE.length + OWN.length).split("/").filter(Boolean)[0] || "";

// Requests go where this page came from.
const own = (part) => `${BASE}${OWN}/${part}${KEY ? `/${KEY}` : ""}`;
const socketUrl = (path) => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;

// A proxy in front may take a prefix away and not say so: then the gateway's paths lack it.
const here = (path) => (path === null || `${path}/`.startsWith(`${BASE}/`) ? path : BASE + path);

async function runAll(idleSeconds) {
  const run = { time: new Date().toISOString(), results: emptyResults(), steps: [], wasHidden: document.hidden };
  const noteHidden = () => { run.wasHidden ||= document.hidden; };
  document.addEventListener("visibilitychange", noteHidden);
  const steps = new Steps();
  run.results.lacks = NEEDED.filter((name) => typeof globalThis[name] !== "function");
  try {
    if (!run.results.lacks.includes("fetch")) await tryAll(run.results, steps, idleSeconds);
  } catch (error) {
    noteBroken(run.results, TEXT.title, "page", error);
  }
  steps.skipRest();
  document.removeEventListener("visibilitychange", noteHidden);
  run.steps = steps.list.map(({ name, state, ms, detail }) => ({ name, state, ms, detail }));
  run.found = judged(run.results);
  return run;
}

function noteBroken(results, step, group, error) {
  results.broken.push({ step, group, detail: withoutKey(String(error)) });
}

// A verdict comes in any case.
function judged(results) {
  try {
    return verdict(results);
  } catch (error) {
    noteBroken(results, TEXT.judging, "page", error);
    return verdict({ ...emptyResults(), broken: results.broken });
  }
}

// Whatever is thrown in a step is a finding of its own, and the next are tried all the same.
async function attempt(results, steps, step, work) {
  steps.begin(step);
  try {
    await work();
  } catch (error) {
    noteBroken(results, step.name, step.group, error);
    steps.end(step, "fail", null, withoutKey(String(error)));
  }
}

function emptyResults() {
  return {
    gateway: location.host, port: Number(location.port || 443), origin: location.origin, base: BASE,
    plan: null, preflight: null, websocket: null, idle: null, vendors: [], ice: null, turn: [], media: [],
    modes: [], sdks: [], mounts: {}, turnServer: null, broken: [], lacks: [],
  };
}

async function tryAll(results, steps, idleSeconds) {
  const https = steps.add("gateway", STEPS.https, 1);
  const clockStep = steps.add("gateway", STEPS.clock, 1);
  const preflightStep = steps.add("gateway", STEPS.preflight, 1);
  const socketStep = steps.add("gateway", STEPS.websocket, 1);
  const idleStep = steps.add("gateway", fill(STEPS.idle, { seconds: idleSeconds }), idleSeconds / 2);
  steps.begin(https);
  const answer = await askPlan(own("plan"));
  const plan = answer.content && withBase(answer.content);
  results.plan = { state: answer.state, ms: answer.ms, skew: answer.skew, error: answer.error };
  steps.end(https, answer.state === "ok" ? "ok" : "fail", answer.ms, answer.error ? answer.error.token : answer.detail);
  if (answer.state !== "ok") return;
  takePlan(results, plan);
  const ahead = Math.abs(answer.skew) <= SKEW_S;
  steps.end(clockStep, ahead ? "ok" : "warn", answer.ms, ahead ? "" : amount(Math.abs(answer.skew)));
  const vendorSteps = plan.vendors.map((each) => steps.add("vendors", placeName(each), 1));
  for (const { route, why } of plan.not_tried) {
    steps.end(steps.add("vendors", fill(STEPS.notTried, { route }), 0), "skip", null, why);
  }
  const turnSteps = plan.ice ? addTurn(steps, plan) : null;

  await attempt(results, steps, preflightStep, async () => {
    results.preflight = await tryPreflight($("other-site"), `${location.origin}${BASE}/-/ready`);
    steps.end(preflightStep, results.preflight.state === "ok" ? "ok" : "fail", results.preflight.ms);
  });
  if (!results.lacks.includes("WebSocket")) {
    await attempt(results, steps, socketStep, async () => {
      results.websocket = await tryWebSocket(socketUrl(plan.echo), plan.echo);
      steps.end(socketStep, results.websocket.state === "ok" ? "ok" : "fail", results.websocket.ms, results.websocket.detail);
    });
  }
  const held = results.websocket && results.websocket.state === "ok" && tryIdle(results, steps, plan, idleStep, idleSeconds);
  await tryVendors(results, steps, plan.vendors, vendorSteps);
  if (plan.ice && !results.lacks.includes("RTCPeerConnection")) await tryTurn(results, steps, plan, turnSteps);
  if (held) await held;
  else results.idle = { state: "skip" };
}

function tryIdle(results, steps, plan, step, seconds) {
  return attempt(results, steps, step, async () => {
    results.idle = await holdWebSocket(socketUrl(plan.echo), seconds);
    const wasCut = results.idle.state === "cut";
    steps.end(step, wasCut ? "warn" : "ok", results.idle.ms, wasCut ? `${results.idle.seconds} s` : "");
  });
}

function withBase(plan) {
  const vendors = plan.vendors.map((each) => ({ ...each, url: here(each.url) }));
  return { ...plan, echo: here(plan.echo), ice: here(plan.ice), vendors };
}

function takePlan(results, plan) {
  results.version = plan.version;
  results.request = plan.request_id;
  results.certificate = plan.certificate;
  results.modes = plan.modes;
  results.sdks = plan.sdks;
  results.mounts = Object.fromEntries(Object.entries(plan.mounts).map(([sdk, mount]) => [sdk, withoutKey(here(mount))]));
  results.turnServer = plan.turn_server;
  results.notTried = plan.not_tried;
}

// The key is a secret of who opened the page, and stands in no report.
function withoutKey(text) {
  return KEY ? text.split(KEY).join("<key>") : text;
}

function placeName({ host, port }) {
  return port === 443 ? host : `${host}:${port}`;
}

async function tryVendors(results, steps, vendors, vendorSteps) {
  const waiting = [...vendors.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [number, vendor] = next;
      const step = vendorSteps[number];
      await attempt(results, steps, step, async () => {
        const tried = await tryVendor(vendor);
        results.vendors[number] = tried;
        const state = { ok: "ok", error: "warn" }[tried.state] || "fail";
        steps.end(step, state, tried.ms, tried.token || (state === "ok" ? "" : `${tried.status || tried.detail}`));
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function addTurn(steps, plan) {
  return { ice: steps.add("media", STEPS.ice, 1), stun: plan.stun && steps.add("media", STEPS.stun, 2) };
}

async function tryTurn(results, steps, plan, turnSteps) {
  steps.begin(turnSteps.ice);
  const answer = await askJson(plan.ice, isIce);
  results.ice = { state: answer.state, ms: answer.ms, error: answer.error };
  steps.end(turnSteps.ice, answer.state === "ok" ? "ok" : "fail", answer.ms, answer.error ? answer.error.token : "");
  if (answer.state !== "ok") return;
  const servers = serversOf(answer.content, plan);
  const ways = servers.filter((each) => !each.probe);
  for (const each of ways) each.step = steps.add("media", fill(STEPS[each.way], each), 4);
  for (const each of ways) each.mediaStep = steps.add("media", fill(STEPS.media, { way: WAYS[each.way] }), 8);
  const tried = servers.map((each) => (each.probe
    ? tryServer(results, steps, each).catch(() => {}) // what throws here throws in the steps beside it
    : attempt(results, steps, each.step, () => tryServer(results, steps, each))));
  if (turnSteps.stun) tried.push(attempt(results, steps, turnSteps.stun, () => tryStun(results, steps, plan, turnSteps.stun)));
  await Promise.all(tried);
  results.turn.sort((one, other) => Object.keys(WAYS).indexOf(one.way) - Object.keys(WAYS).indexOf(other.way));
  for (const each of ways) {
    if (!results.turn.some((tried) => tried.url === each.url && tried.state === "ok")) continue;
    await attempt(results, steps, each.mediaStep, async () => {
      const media = await tryMedia(each.server, each.way);
      results.media.push(media);
      const isOk = media.state === "ok";
      steps.end(each.mediaStep, isOk ? "ok" : "fail", media.ms, isOk ? fill(STEPS.mediaWas, summary(media)) : media.detail);
    });
  }
}

// One server for each URL; and TCP at the port of UDP, to see whether the firewall lets that out.
function serversOf({ iceServers }, plan) {
  const relay = iceServers.find((each) => each.username);
  const { username, credential } = relay;
  const found = [relay.urls].flat().map((url) => ({ url, way: wayOf(url), ...placeOf(url), probe: false }));
  const udp = found.find((each) => each.way === "udp");
  if (udp && !found.some((each) => each.way === "tcp")) {
    found.push({ ...udp, way: "tcp", url: udp.url.replace("transport=udp", "transport=tcp"), probe: true });
  }
  return found.map((each) => ({ ...each, server: { urls: each.url, username, credential } }));
}

async function tryStun(results, steps, plan, step) {
  results.stun = await gather({ urls: plan.stun }, "srflx", UDP_MS);
  const { state, ms, detail, address } = results.stun;
  const isOk = state === "ok";
  steps.end(step, isOk ? "ok" : "warn", ms, isOk ? address && fill(STEPS.seenAs, { address }) : shownFault(state, detail));
}

function shownFault(state, detail) {
  return detail || FAULTS[state] || state;
}

async function tryServer(results, steps, { url, way, host, port, probe, server, step }) {
  const tried = await gather(server, "relay", way === "udp" ? UDP_MS : TCP_MS);
  results.turn.push({ url, way, host, port, probe, ...tried });
  const isOk = tried.state === "ok";
  if (step) steps.end(step, isOk ? "ok" : "warn", tried.ms, isOk ? "" : shownFault(tried.state, tried.detail));
}
