"use strict";
// One run of the test, from what the gateway says there is to try to the verdict.

const OWN = "/-/network";
const IDLE_S = 20;
const LONG_IDLE_S = 120;
const MOST_IDLE_S = 150;
const AT_ONCE = 4;

const BASE = location.pathname.slice(0, location.pathname.indexOf(OWN));
const KEY = location.pathname.slice(BASE.length + OWN.length).split("/").filter(Boolean)[0] || "";
const OPTIONS = new URLSearchParams(location.hash.slice(1)); // #start&idle=60

// Requests go where this page came from.
const own = (part) => `${BASE}${OWN}/${part}${KEY ? `/${KEY}` : ""}`;
const socketUrl = (path) => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;

// A proxy in front may take a prefix away and not say so: then the gateway's paths lack it.
const here = (path) => (path === null || `${path}/`.startsWith(`${BASE}/`) ? path : BASE + path);

let last = null; // the run that has ended last: what the report is of

async function runAll(idleSeconds) {
  const run = { time: new Date().toISOString(), results: emptyResults(), steps: [], wasHidden: document.hidden };
  const noteHidden = () => { run.wasHidden ||= document.hidden; };
  document.addEventListener("visibilitychange", noteHidden);
  const steps = new Steps();
  await tryAll(run.results, steps, idleSeconds);
  steps.skipRest();
  document.removeEventListener("visibilitychange", noteHidden);
  run.steps = steps.list.map(({ name, state, ms, detail }) => ({ name, state, ms, detail }));
  run.found = verdict(run.results);
  return run;
}

function emptyResults() {
  return {
    gateway: location.host, port: Number(location.port || 443), origin: location.origin, base: BASE,
    plan: null, preflight: null, websocket: null, idle: null, vendors: [], ice: null, turn: [], media: [],
    modes: [], sdks: [], mounts: {}, turnServer: null,
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
  steps.end(clockStep, ahead ? "ok" : "warn", null, ahead ? "" : amount(Math.abs(answer.skew)));
  const vendorSteps = plan.vendors.map((each) => steps.add("vendors", placeName(each), 1));
  for (const { route, why } of plan.not_tried) {
    steps.end(steps.add("vendors", fill(STEPS.notTried, { route }), 0), "skip", null, why);
  }
  const turnSteps = plan.ice ? addTurn(steps, plan) : null;

  steps.begin(preflightStep);
  results.preflight = await tryPreflight($("other-site"), `${location.origin}${BASE}/-/ready`);
  steps.end(preflightStep, results.preflight.state === "ok" ? "ok" : "fail", results.preflight.ms);

  steps.begin(socketStep);
  results.websocket = await tryWebSocket(socketUrl(plan.echo), plan.echo);
  steps.end(socketStep, results.websocket.state === "ok" ? "ok" : "fail", results.websocket.ms, results.websocket.detail);

  steps.begin(idleStep);
  const held = results.websocket.state === "ok" ? holdWebSocket(socketUrl(plan.echo), idleSeconds) : null;
  await tryVendors(results, steps, plan.vendors, vendorSteps);
  if (plan.ice) await tryTurn(results, steps, plan, turnSteps);
  results.idle = held ? await held : { state: "skip" };
  const idleState = { ok: "ok", cut: "warn", skip: "skip" }[results.idle.state];
  steps.end(idleStep, idleState, null, results.idle.state === "cut" ? `${results.idle.seconds} s` : "");
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
      steps.begin(step);
      const tried = await tryVendor(vendor);
      results.vendors[number] = tried;
      const state = { ok: "ok", error: "warn" }[tried.state] || "fail";
      steps.end(step, state, tried.ms, tried.token || (state === "ok" ? "" : `${tried.status || tried.detail}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function addTurn(steps, plan) {
  return { ice: steps.add("media", STEPS.ice, 1), stun: plan.stun && steps.add("media", STEPS.stun, 2) };
}

async function tryTurn(results, steps, plan, turnSteps) {
  steps.begin(turnSteps.ice);
  const answer = await askJson(plan.ice);
  results.ice = { state: answer.state, ms: answer.ms, error: answer.error };
  steps.end(turnSteps.ice, answer.state === "ok" ? "ok" : "fail", answer.ms, answer.error ? answer.error.token : "");
  if (answer.state !== "ok") return;
  const servers = serversOf(answer.content, plan);
  const ways = servers.filter((each) => !each.probe);
  for (const each of ways) each.step = steps.add("media", fill(STEPS[each.way], each), 4);
  for (const each of ways) each.mediaStep = steps.add("media", fill(STEPS.media, { way: WAYS[each.way] }), 8);
  await Promise.all([tryStun(results, steps, plan, turnSteps.stun), ...servers.map((each) => tryServer(results, steps, each))]);
  results.turn.sort((one, other) => Object.keys(WAYS).indexOf(one.way) - Object.keys(WAYS).indexOf(other.way));
  for (const each of ways) {
    if (!results.turn.some((tried) => tried.url === each.url && tried.state === "ok")) continue;
    steps.begin(each.mediaStep);
    const tried = await tryMedia(each.server, each.way);
    results.media.push(tried);
    steps.end(each.mediaStep, tried.state === "ok" ? "ok" : "fail", tried.ms, tried.state === "ok" ? fill(STEPS.mediaWas, summary(tried)) : tried.detail);
  }
}

// One server for each URL; and TCP at the port of UDP, to see whether the firewall lets that out.
function serversOf({ iceServers }, plan) {
  const [relay] = iceServers.filter((each) => each.username);
  const { username, credential } = relay;
  const found = [relay.urls].flat().map((url) => ({ url, way: wayOf(url), ...placeOf(url), probe: false }));
  const udp = found.find((each) => each.way === "udp");
  if (udp && !found.some((each) => each.way === "tcp")) {
    found.push({ ...udp, way: "tcp", url: udp.url.replace("transport=udp", "transport=tcp"), probe: true });
  }
  return found.map((each) => ({ ...each, server: { urls: each.url, username, credential } }));
}

async function tryStun(results, steps, plan, step) {
  if (!step) return;
  steps.begin(step);
  results.stun = await gather({ urls: plan.stun }, "srflx", UDP_MS);
  const { state, ms, detail, address } = results.stun;
  const isOk = state === "ok";
  steps.end(step, isOk ? "ok" : "warn", isOk ? ms : null, isOk ? address && fill(STEPS.seenAs, { address }) : shownFault(state, detail));
}

function shownFault(state, detail) {
  return detail || FAULTS[state] || state;
}

async function tryServer(results, steps, { url, way, host, port, probe, server, step }) {
  if (step) steps.begin(step);
  const tried = await gather(server, "relay", way === "udp" ? UDP_MS : TCP_MS);
  results.turn.push({ url, way, host, port, probe, ...tried });
  const isOk = tried.state === "ok";
  if (step) steps.end(step, isOk ? "ok" : "warn", isOk ? tried.ms : null, isOk ? "" : shownFault(tried.state, tried.detail));
}

async function start(idleSeconds) {
  document.body.dataset.state = "running";
  for (const id of ["verdict", "figures", "certificate", "lines", "report"]) $(id).hidden = true;
  for (const id of ["start", "long"]) $(id).disabled = true;
  $("run").hidden = $("progress").hidden = false;
  $("progress").value = 0;
  last = await runAll(idleSeconds);
  $("progress").hidden = true;
  const { results, found } = last;
  if (results.plan.state === "ok") {
    showCertificate(results.certificate);
    showLines(results, found.mode && found.mode.name);
    showFigures(results.media);
  }
  showReport(last);
  showVerdict(last);
  for (const id of ["start", "long"]) $(id).disabled = false;
  $("start").textContent = TEXT.again;
  document.body.dataset.state = "done";
}

function idleOf(usual) {
  const asked = Number(OPTIONS.get("idle"));
  return asked >= 1 ? Math.min(asked, MOST_IDLE_S) : usual;
}

for (const each of document.querySelectorAll("[data-text]")) each.textContent = fill(TEXT[each.dataset.text], { gateway: location.host });
for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", TEXT[each.dataset.label]);
document.title = `${TEXT.title}: ${location.host}`;
$("start").addEventListener("click", () => start(idleOf(IDLE_S)));
$("long").addEventListener("click", () => start(LONG_IDLE_S));
$("copy-text").addEventListener("click", () => copy(reportText(last)));
$("copy-json").addEventListener("click", () => copy(JSON.stringify(reportData(last), null, 2)));
if (OPTIONS.has("start")) start(idleOf(IDLE_S));
