"use strict";
// What is tried, one function for each step. Each ends with { state, ms, ... }; what it throws all the
// same is the browser's, and `attempt` makes a finding of it.

const ANSWER_MS = 25000; // the gateway gives a vendor 15 s
const OPEN_MS = 10000;
const ECHOES = 10;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function since(began) {
  return performance.now() - began;
}

// The gateway's own refusal as it stands in its JSON, or null.
async function refusalIn(response) {
  if (!(response.headers.get("proxy-status") || "").startsWith("sigproxy; error=")) return null;
  try {
    const { error, detail, request_id: request } = await response.json();
    return { token: error, detail, request, status: response.status };
  } catch {
    return { token: "gateway_error", detail: `${response.status}`, request: response.headers.get("x-request-id"), status: response.status };
  }
}

function ask(url, method) {
  const late = new AbortController();
  setTimeout(() => late.abort(), ANSWER_MS);
  return fetch(url, { method, cache: "no-store", credentials: "omit", redirect: "manual", signal: late.signal });
}

// By POST, with which a browser says where the page is from, as in an app's requests. What is not
// the gateway's own refusal, nor the content that *isRight*, is of something in the gateway's place.
async function askJson(url, isRight) {
  const began = performance.now();
  try {
    const response = await ask(url, "POST");
    const ms = since(began);
    const refused = response.ok ? null : await refusalIn(response);
    if (refused) return { state: "failed", ms, error: refused };
    const content = response.ok ? contentOf(await response.text()) : null;
    if (isRight(content)) return { state: "ok", ms, content };
    const detail = response.type === "opaqueredirect" ? "a redirect" : `HTTP ${response.status}`;
    return { state: "failed", ms, error: { token: "not_a_gateway", detail } };
  } catch (error) {
    return { state: "failed", ms: since(began), error: null, detail: String(error) };
  }
}

function contentOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function askPlan(url) {
  const answer = await askJson(url, isPlan);
  const { ms, content } = answer;
  // The gateway read its clock half a round trip ago.
  if (answer.state === "ok") answer.skew = content.time - (Date.now() - ms / 2) / 1000;
  return answer;
}

// From a frame whose origin is nobody's: to the browser the gateway is another site there.
function tryPreflight(frame, url) {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (state, detail) => {
      removeEventListener("message", take);
      clearTimeout(timer);
      resolve({ state, ms: since(began), detail });
    };
    const take = (event) => {
      if (event.source === frame.contentWindow) end(event.data.ok ? "ok" : "failed", event.data.detail);
    };
    const timer = setTimeout(() => end("failed", "no answer"), OPEN_MS);
    addEventListener("message", take);
    frame.contentWindow.postMessage(url, "*");
  });
}

// A WebSocket as a promise of its opening, and of the next message; both fail when it closes.
function socket(url) {
  const opened = new WebSocket(url);
  opened.binaryType = "arraybuffer";
  const gone = new Promise((_, reject) => {
    opened.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
  });
  gone.catch(() => {});
  const next = (name) => Promise.race([
    new Promise((resolve) => { opened.addEventListener(name, resolve, { once: true }); }),
    pause(OPEN_MS).then(() => { throw new Error("no answer"); }),
    gone,
  ]);
  return { next, gone, send: (data) => opened.send(data), close: () => opened.close() };
}

async function tryWebSocket(url, asked) {
  const began = performance.now();
  const times = [];
  let made;
  try {
    made = socket(url);
    await made.next("open");
    const ms = since(began);
    for (let count = 0; count < ECHOES; count += 1) {
      const sent = performance.now();
      const answered = made.next("message");
      made.send(String(count));
      if ((await answered).data !== String(count)) throw new Error("another message came back");
      times.push(since(sent));
    }
    const answered = made.next("message");
    made.send(new Uint8Array(16384));
    if ((await answered).data.byteLength !== 16384) throw new Error("a large message came back shorter");
    return { state: "ok", ms, rtt: quantile(times, 0.5) };
  } catch (error) {
    return { state: "failed", ms: since(began), detail: error.message, http: await whyNoWebSocket(asked) };
  } finally {
    if (made) made.close();
  }
}

// A script is not told why a WebSocket failed: what would the gateway have said to a request?
async function whyNoWebSocket(url) {
  try {
    return { error: await refusalIn(await ask(url, "GET")) };
  } catch {
    return null;
  }
}

async function holdWebSocket(url, seconds) {
  const began = performance.now();
  let made;
  try {
    made = socket(url);
    await made.next("open");
    await Promise.race([pause(seconds * 1000), made.gone]);
    const answered = made.next("message");
    made.send("still here");
    await answered;
    return { state: "ok", ms: since(began), seconds };
  } catch (error) {
    return { state: "cut", ms: since(began), seconds: Math.min(seconds, Math.round(since(began) / 1000)), detail: error.message };
  } finally {
    if (made) made.close();
  }
}

// The vendor has been reached whatever it answers, if it is the vendor that answers.
async function tryVendor(vendor) {
  const { host, port, route } = vendor;
  const tried = { host: port === 443 ? host : `${host}:${port}`, route };
  const began = performance.now();
  try {
    const response = await ask(vendor.url, vendor.method);
    const ms = since(began);
    if (!(response.headers.get("proxy-status") || "").startsWith("sigproxy; error=")) {
      return { ...tried, ms, state: response.status >= 500 ? "error" : "ok", status: response.status };
    }
    // An answer to HEAD has no body to say more in.
    const error = await refusalIn(vendor.method === "HEAD" ? await ask(vendor.url, "GET") : response);
    if (!error || error.token === "redirect_refused") return { ...tried, ms, state: "ok", status: response.status };
    return { ...tried, ms, state: "failed", ...error };
  } catch (error) {
    return { ...tried, ms: since(began), state: "blocked", detail: String(error) };
  }
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] : null;
}
