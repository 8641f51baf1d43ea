"use strict";
// From results to a verdict: which findings, how bad the worst is, which way media has. Pure.
//
//   verdict(results) -> { state: "ok" | "warn" | "fail", mode, findings: [{ token, level, values }] }

const SKEW_S = 60; // tokens are refused from about that on
const LOSS_PERCENT = 3;
const SLOW_MS = 400;
const NARROW_KBIT = 500;
const REFUSALS = ["not_a_gateway", "key_refused", "origin_refused", "too_many_network_tests", "too_many_credentials", "too_many_websockets"];

function verdict(results) {
  const findings = [...lacks(results), ...untried(results), ...ofPlan(results)];
  const levels = findings.map((each) => each.level);
  const state = levels.includes("fail") ? "fail" : levels.includes("warn") ? "warn" : "ok";
  if (!findings.length) findings.push(finding("all_well", "ok", {}));
  return { state, mode: hasPlan(results) ? mode(results) : null, findings };
}

function hasPlan({ plan }) {
  return plan !== null && plan.state === "ok";
}

function ofPlan(results) {
  if (hasPlan(results)) return afterPlan(results);
  return results.plan ? [refusal(results.plan, results)] : [];
}

function lacks(results) {
  return results.lacks.length ? [finding("browser_lacks", "fail", { ...common(results), names: results.lacks.join(", ") })] : [];
}

// What has thrown in the page says nothing of the network.
function untried(results) {
  return results.broken.map(({ step, detail }) => finding("test_failed", "fail", { step, detail }));
}

function hasUntriedMedia(results) {
  return results.lacks.includes("RTCPeerConnection") || results.broken.some((each) => each.group === "media");
}

function afterPlan(results) {
  return [...clock(results), ...preflight(results), ...webSocket(results), ...idle(results),
    ...vendors(results), ...turn(results), ...media(results)];
}

function finding(token, level, values) {
  return { token, level, values };
}

// What was refused by the gateway, in its own words; or nothing came at all.
function refusal(answer, results) {
  if (!answer.error) return finding("gateway_unreachable", "fail", common(results));
  const values = { ...common(results), reason: answer.error.token, detail: answer.error.detail };
  return finding(REFUSALS.includes(answer.error.token) ? answer.error.token : "gateway_error", "fail", values);
}

function common(results) {
  return { gateway: results.gateway, port: results.port, origin: results.origin };
}

function clock(results) {
  const skew = results.plan.skew;
  if (Math.abs(skew) <= SKEW_S) return [];
  return [finding("clock_skew", "warn", { amount: amount(Math.abs(skew)), direction: skew > 0 ? "slow" : "fast" })];
}

function amount(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3600)} hours`;
}

function preflight(results) {
  return !results.preflight || results.preflight.state === "ok" ? [] : [finding("preflight_blocked", "fail", common(results))];
}

// An upgrade that fails though the gateway would have accepted it was refused on the way.
function webSocket(results) {
  if (!results.websocket) return [];
  const { state, http } = results.websocket;
  if (state === "ok") return [];
  if (http && http.error && http.error.token !== "upgrade_required") return [refusal(http, results)];
  return [finding("websocket_blocked", "fail", common(results))];
}

function idle(results) {
  if (!results.websocket || results.websocket.state !== "ok") return [];
  if (!results.idle || results.idle.state !== "cut") return [];
  return [finding("websocket_idle_cut", "warn", { ...common(results), seconds: results.idle.seconds })];
}

function vendors(results) {
  const tokens = { failed: ["vendor_unreachable", "fail"], blocked: ["vendor_path_blocked", "fail"], error: ["vendor_error", "warn"] };
  return results.vendors.filter((each) => each && each.state in tokens).map((each) => {
    const [token, level] = tokens[each.state];
    const values = { host: each.host, reason: each.token, detail: each.detail, status: each.status, request: each.request };
    return finding(token, level, { ...common(results), ...values });
  });
}

function turn(results) {
  if (!results.ice) return [];
  if (results.ice.state !== "ok") return [refusal(results.ice, results)];
  const values = { ...common(results), ...places(results) };
  const refused = results.turn.filter((each) => each.state === "credentials");
  if (refused.length) {
    return [finding("turn_credentials_refused", "fail", { ...values, ways: refused.map((each) => WAYS[each.way]).join(", ") })];
  }
  const works = (way) => results.turn.some((each) => each.way === way && each.state === "ok");
  const offers = (way) => results.turn.some((each) => each.way === way && !each.probe);
  // TURN over the gateway's own port ends where the gateway cannot reach its TURN server.
  if (results.turnServer === "unreachable" && !works("tls")) return [finding("turn_unreachable", "fail", values)];
  if (!["udp", "tcp", "tls"].some(works)) {
    if (hasUntriedMedia(results)) return [];
    return [finding(results.turnServer === "reachable" ? "media_blocked" : "turn_silent", "fail", values)];
  }
  const found = [];
  if (offers("udp") && !works("udp")) found.push(finding(whyNoUdp(results), "warn", values));
  if (offers("tls") && !works("tls")) found.push(finding("turn_tls_blocked", "warn", values));
  return found;
}

// Silence is a firewall that drops, a name that is not found is a network without name servers, and
// a TCP port beside 443 that answers, though only with a reset, is one that is open.
function whyNoUdp(results) {
  const udp = results.turn.find((each) => each.way === "udp");
  const others = results.turn.filter((each) => each.way === "tcp" && each.port !== 443);
  if (udp.state === "lookup") return "http_proxy_only";
  if (others.length && others.every((each) => each.state === "silent")) return "only_443";
  return "udp_blocked";
}

function places(results) {
  const port = (way) => (results.turn.find((each) => each.way === way) || {}).port;
  const host = (results.turn[0] || {}).host;
  return { turnHost: host, udpPort: port("udp"), tlsPort: port("tls") || 443, tcpPort: port("tcp") };
}

function media(results) {
  return results.media.flatMap((each) => {
    const values = { ...each, way: WAYS[each.way], loss: Math.round(each.loss * 10) / 10, p95: Math.round(each.p95), kbit: Math.round(each.kbit) };
    if (each.state !== "ok") return [finding("media_failed", "fail", values)];
    const found = [];
    if (each.loss >= LOSS_PERCENT) found.push(finding("media_lossy", "warn", values));
    if (each.p95 >= SLOW_MS) found.push(finding("media_slow", "warn", values));
    if (each.kbit < NARROW_KBIT) found.push(finding("media_narrow", "warn", values));
    return found;
  });
}

// What apps should ask /-/ice for, and over which way media then goes: { name, way }.
function mode(results) {
  if (!results.ice) return { name: null, way: hasUntriedMedia(results) ? "unknown" : "signaling" };
  const works = (way) => results.media.some((each) => each.way === way && each.state === "ok");
  const way = ["udp", "tls", "tcp"].find(works);
  if (!way) return { name: null, way: hasUntriedMedia(results) ? "unknown" : "none" };
  const names = { udp: ["auto", "udp"], tls: ["tls", "auto"], tcp: ["auto"] }[way];
  return { name: names.find((each) => results.modes.includes(each)) || null, way };
}
