"use strict";

const NAMES = [
  ...["url", "method", "mode", "credentials", "cache", "redirect", "referrer", "referrerPolicy"],
  ...["integrity", "keepalive", "destination", "bodyUsed", "duplex", "isHistoryNavigation"],
];
const shape = (request) => NAMES.map((name) => [name, request[name]]);

test("Request: as it is by default", (t) => shape(new Request(`${t.vendor}/echo?x#y`)));
test("Request: with everything set", (t) =>
  shape(
    new Request(`${t.vendor}/echo`, {
      method: "POST",
      body: "x",
      mode: "cors",
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrer: "",
      referrerPolicy: "origin",
      integrity: "sha256-AAAA",
      keepalive: true,
    })
  )
);
test("Request: of a Request", (t) => shape(new Request(new Request(`${t.vendor}/a`, { method: "PUT" }))));
test("Request: of a Request, changed", (t) =>
  shape(new Request(new Request(`${t.vendor}/a`), { method: "POST", body: "x" }))
);
test("Request: clone", (t) => shape(new Request(`${t.vendor}/a`, { method: "POST", body: "x" }).clone()));
test("Request: of a URL", (t) => new Request(new URL(t.vendor)).url);
test("Request: relative", () => new Request("own/x").url);
test("Request: data:", () => new Request("data:,x").url);
test("Request: no URL", () => new Request("https://["));
test("Request: user and password", (t) => {
  try {
    return new Request(t.vendor.replace("//", "//a:b@")).url;
  } catch (error) {
    return error.name;
  }
});
test("Request: no argument", () => new Request());
test("Request: without new", (t) => Request(t.vendor));
test("Request: a host that is not listed", (t) => new Request(`${t.other}/x`).url);
test("Request: kinds", (t) => {
  class Mine extends Request {
    get mine() {
      return this.url;
    }
  }
  const made = new Mine(`${t.vendor}/x`);
  return [
    made instanceof Request,
    made instanceof Mine,
    made.mine,
    made.constructor === Mine,
    new Request(t.vendor).constructor === Request,
    Request.prototype.constructor === Request,
    String(made),
    Object.keys(made),
  ];
});

test("Request: fetched", async (t) => {
  const answer = await fetch(new Request(`${t.vendor}/echo?x`, { headers: { "X-Case": "1" } }));
  return [answer.url, await answer.json()];
});
for (const [kind, body] of Object.entries({
  string: () => "text",
  blob: () => new Blob(["blob"], { type: "text/x-case" }),
  parameters: () => new URLSearchParams("a=b"),
  large: () => new Uint8Array(2 << 20).fill(66),
})) {
  test(`Request: fetched with a body, ${kind}`, async (t) => {
    const request = new Request(`${t.vendor}/echo`, { method: "POST", body: body() });
    const asked = fetch(request);
    return [request.bodyUsed, await (await asked).json()];
  });
}
test("Request: fetched with a form", async (t) => {
  const body = new FormData();
  body.set("a", "b");
  const request = new Request(`${t.vendor}/echo`, { method: "POST", body });
  return (await (await fetch(request)).json()).length > 60;
});
test("Request: fetched twice", async (t) => {
  const request = new Request(`${t.vendor}/echo`, { method: "POST", body: "once" });
  await fetch(request);
  return fetch(request);
});
test("Request: fetched, and its clone too", async (t) => {
  const request = new Request(`${t.vendor}/echo`, { method: "POST", body: "both" });
  const clone = request.clone();
  const answers = await Promise.all([fetch(request), fetch(clone)]);
  return Promise.all(answers.map((each) => each.json()));
});
test("Request: fetched with other settings", async (t) => {
  const request = new Request(`${t.vendor}/echo`, { method: "POST", body: "x" });
  return (await fetch(request, { method: "PUT", headers: { "X-Case": "2" } })).json();
});
test("Request: read and not fetched", (t) =>
  new Request(`${t.vendor}/echo`, { method: "POST", body: "text" }).text()
);
test("Request: aborted", async (t) => {
  const abort = new AbortController();
  const request = new Request(`${t.vendor}/hang`, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  const failed = await fetch(request).then((it) => it.text()).catch((error) => error);
  return [failed.name, request.signal.aborted];
});
test("Request: keepalive", async (t) => {
  const url = `${t.vendor}/keep?id=${t.id}`;
  await fetch(new Request(url, { method: "POST", body: "kept", keepalive: true }));
  return t.seen();
});
test("Request: credentials", async (t) => {
  const url = `${t.vendor}/cookie/request`;
  await fetch(new Request(url, { credentials: "include" }));
  return (await fetch(new Request(url, { credentials: "include" }))).json();
});
test("Request: no-cors", async (t) => {
  const answer = await fetch(new Request(`${t.vendor}/echo`, { mode: "no-cors" }));
  return [answer.type, answer.status, answer.url];
});
test("Request: of another frame's kind", async (t) => {
  const frame = t.put(document.createElement("iframe"));
  const request = new frame.contentWindow.Request(`${t.vendor}/echo`, { method: "POST", body: "x" });
  const answer = await fetch(request);
  return [request.url, answer.url, (await answer.json()).body];
});

const cacheOf = (t) => caches.open(t.id);
test("Cache: put and match", async (t) => {
  const cache = await cacheOf(t);
  const url = `${t.vendor}/echo`;
  await cache.put(url, new Response("kept"));
  const found = await cache.match(url);
  const same = await cache.match(new Request(url));
  return [await found.text(), await same.text(), (await caches.match(url)) !== undefined];
});
test("Cache: add", async (t) => {
  const cache = await cacheOf(t);
  await cache.add(`${t.vendor}/echo?added`);
  const found = await cache.match(`${t.vendor}/echo?added`);
  return [found.url, (await found.json()).target];
});
test("Cache: addAll and keys", async (t) => {
  const cache = await cacheOf(t);
  await cache.addAll([`${t.vendor}/echo?1`, new Request(`${t.vendor}/echo?2`), "/own/data.json"]);
  return (await cache.keys()).map((each) => each.url);
});
test("Cache: matchAll", async (t) => {
  const cache = await cacheOf(t);
  await cache.add(`${t.vendor}/echo?x`);
  return (await cache.matchAll()).map((each) => each.url);
});
test("Cache: delete", async (t) => {
  const cache = await cacheOf(t);
  await cache.put(`${t.vendor}/a`, new Response("x"));
  return [await cache.delete(`${t.vendor}/a`), await cache.match(`${t.vendor}/a`) === undefined];
});
test("Cache: add what is not there", async (t) => {
  const failed = await (await cacheOf(t)).add(`${t.vendor}/status/404`).catch((error) => error);
  return failed.name;
});
test("Cache: of nothing", async (t) => (await cacheOf(t)).match());

test("Response: of one's own", () => {
  const made = new Response("x", { status: 201 });
  return [made.url, made.type, made.clone().url, Response.error().url, Response.json({}).url];
});
test("Response: read from a Request", async (t) => {
  const answer = await fetch(`${t.vendor}/echo`);
  const copy = new Response(answer.body, answer);
  return [copy.url, copy.status, (await copy.json()).method];
});
