"use strict";

// A Worker that answers each message with what `run`, a function in its text, makes of it.
const TEXT = (run) => `
const run = ${run};
const told = (error) => ({ error: error.name });
onmessage = async ({ data }) => {
  let answer;
  try { answer = await run(data); } catch (error) { answer = told(error); }
  postMessage(answer);
};`;
const blobUrl = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

async function asked(worker, t, more = {}) {
  const { vendor, ws, other, id } = t;
  worker.postMessage({ vendor, ws, other, id, ...more });
  const { type, data, message } = await Promise.race([event(worker, "message"), event(worker, "error")]);
  worker.terminate();
  return type === "message" ? data : [type, message];
}

const jobs = {
  fetch: async (t) => {
    const answer = await fetch(`${t.vendor}/echo`, { method: "POST", body: "x" });
    return [answer.url, answer.type, (await answer.json()).body];
  },
  Request: async (t) => {
    const request = new Request(`${t.vendor}/echo`, { method: "PUT", body: "x" });
    return [request.url, (await (await fetch(request)).json()).method];
  },
  XMLHttpRequest: (t) =>
    new Promise((done) => {
      const xhr = new XMLHttpRequest();
      xhr.onloadend = () => done([xhr.status, xhr.responseURL]);
      xhr.open("GET", `${t.vendor}/echo`);
      xhr.send();
    }),
  WebSocket: (t) =>
    new Promise((done) => {
      const socket = new WebSocket(`${t.ws}/ws`);
      socket.onopen = () => socket.send("hello");
      socket.onmessage = ({ data, origin }) => {
        socket.close();
        done([data, origin, socket.url, socket instanceof WebSocket]);
      };
      socket.onerror = () => done("error");
    }),
  EventSource: (t) =>
    new Promise((done) => {
      const source = new EventSource(`${t.vendor}/events/usual`);
      source.onmessage = ({ data, origin }) => {
        source.close();
        done([data, origin, source.url]);
      };
    }),
  "a host that is not listed": async (t) => (await fetch(`${t.other}/echo`)).url,
  "no URL": async () => fetch("https://["),
  location: () => [location.origin, location.protocol, typeof location.href, String(location) === location.href],
  kinds: () => [
    typeof window,
    typeof document,
    self.constructor.name,
    WebSocket.name,
    fetch.length,
    typeof importScripts,
    self.name,
    Object.keys(self).includes("sigproxy"),
  ],
  "a URL of one's own": async () => (await fetch(URL.createObjectURL(new Blob(["x"])))).text(),
};
for (const [kind, run] of Object.entries(jobs)) {
  test(`Worker of a blob: ${kind}`, (t) => asked(new Worker(blobUrl(TEXT(run)), { name: "own" }), t));
  test(`Worker of the page's: ${kind}`, (t) =>
    asked(new Worker("/own/worker.js", { name: "own" }), t, { source: String(run) })
  );
  test(`module Worker of a blob: ${kind}`, (t) =>
    asked(new Worker(blobUrl(TEXT(run)), { type: "module", name: "own" }), t)
  );
}

const own = {
  importScripts: (t) => {
    importScripts(`${t.vendor}/file/plain.js`, `${t.vendor}/file/value.js`);
    return [self.loads, self.value];
  },
  "importScripts, not there": (t) => importScripts(`${t.vendor}/file/none.js`),
  "importScripts, no URL": () => importScripts("https://["),
  "importScripts, nothing": () => importScripts(),
  "importScripts, relative": () => {
    importScripts("lib.js", "/own/lib.js");
    return self.loads;
  },
  "fetch, relative": async () => (await fetch("data.json")).json(),
  "Request, relative": () => new Request("data.json").url,
  "XMLHttpRequest, relative": () => {
    const xhr = new XMLHttpRequest();
    xhr.open("GET", "data.json", false);
    xhr.send();
    return [xhr.status, xhr.responseURL];
  },
  "WebSocket, relative": () => {
    const socket = new WebSocket("/own/none");
    socket.close();
    return socket.url;
  },
  href: () => [location.href, location.pathname, location.search, location.hash, `${location}`],
  "URL of location": () => new URL("x", location.href).href,
};
for (const [kind, run] of Object.entries(own)) {
  test(`Worker of the page's: ${kind}`, (t) =>
    asked(new Worker("/own/worker.js?query#fragment"), t, { source: String(run) })
  );
}
const INNER = (t) =>
  new Promise((done) => {
    const inner = (self.inner = new Worker("worker.js"));
    inner.onmessage = ({ data }) => done(data);
    inner.onerror = ({ message }) => done(message);
    inner.postMessage({ ...t, source: "async (t) => (await fetch(`${t.vendor}/echo`)).url" });
  });
test("Worker of the page's: a Worker in it", async (t) => {
  // Of 25 such Workers, Firefox leaves one without a message, also without the shim.
  for (let left = 5; left; left--) {
    const answer = asked(new Worker("/own/worker.js"), t, { source: String(INNER) });
    const seen = await Promise.race([answer, sleep(3000)]);
    if (seen) return seen;
  }
  throw new Error("none of five Workers answered");
});
test("module Worker of the page's: fetch", (t) => asked(new Worker("/own/module.js", { type: "module" }), t));
test("module Worker of the page's: not there", async (t) =>
  (await asked(new Worker("/own/none.js", { type: "module" }), t))[0]
);
test("Worker: a script of a URL object", (t) =>
  asked(new Worker(new URL("/own/worker.js", location)), t, { source: "() => location.pathname" })
);
test("Worker: its URL is revoked at once", async (t) => {
  const url = blobUrl(TEXT("() => 'alive'"));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  return asked(worker, t);
});
test("Worker: messages before it runs stay in order", async () => {
  const worker = new Worker(blobUrl("onmessage = ({ data }) => postMessage(data)"));
  const seen = [];
  worker.onmessage = ({ data }) => seen.push(data);
  for (let number = 0; number < 50; number++) worker.postMessage(number);
  await until(() => seen.length === 50);
  worker.terminate();
  return seen.join();
});
test("Worker: what it transfers", async () => {
  const worker = new Worker(blobUrl("onmessage = ({ data }) => postMessage(data, [data])"));
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  worker.postMessage(buffer, [buffer]);
  const { data } = await event(worker, "message");
  worker.terminate();
  return [buffer.byteLength, data.byteLength];
});
test("Worker: an error in it", async () => {
  const worker = new Worker(blobUrl("setTimeout(() => { throw new RangeError('mine'); }, 10)"));
  const { type, message, constructor } = await event(worker, "error");
  worker.terminate();
  return [type, message.includes("RangeError: mine"), constructor.name];
});
test("Worker: not there", async () => {
  const worker = new Worker("/own/none.js");
  return (await event(worker, "error")).type;
});
test("Worker: a syntax error in it", async () => {
  const worker = new Worker(blobUrl("this is no script"));
  return (await event(worker, "error")).type;
});
test("Worker: of data:", async (t) => {
  const worker = new Worker(`data:text/javascript,${encodeURIComponent("postMessage('data')")}`);
  const { data } = await event(worker, "message");
  worker.terminate();
  return data;
});
test("Worker: no argument", () => new Worker());
test("Worker: no URL", () => new Worker("https://["));
test("Worker: without new", () => Worker("/own/worker.js"));
test("Worker: options that are none", () => new Worker("/own/worker.js", { type: "none" }));
test("Worker: kinds", () => {
  class Mine extends Worker {}
  const worker = new Mine("/own/worker.js");
  worker.terminate();
  return [
    worker instanceof Worker,
    worker.constructor === Mine,
    Worker.prototype.constructor === Worker,
    String(worker),
    Object.keys(worker),
  ];
});
test("SharedWorker: works as before", async () => {
  const worker = new SharedWorker("/own/shared.js");
  worker.port.start();
  return (await event(worker.port, "message")).data;
});
