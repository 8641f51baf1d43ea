"use strict";

const echo = (t, init, rest = "") => fetch(`${t.vendor}/echo${rest}`, init).then((it) => it.json());

for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
  test(`fetch: ${method}`, (t) => echo(t, { method }));
}
test("fetch: HEAD", async (t) => {
  const answer = await fetch(`${t.vendor}/echo`, { method: "HEAD" });
  return [answer.status, await answer.text(), answer.headers.get("content-type")];
});

const bodies = {
  string: () => "text, äöü",
  empty: () => "",
  parameters: () => new URLSearchParams({ a: "1 2", b: "ü" }),
  blob: () => new Blob(["blob"], { type: "text/x-case" }),
  buffer: () => new Uint8Array([1, 2, 3]).buffer,
  view: () => new Uint8Array([9, 8, 7, 6]).subarray(1, 3),
  large: () => new Uint8Array(3 << 20).fill(65),
};
for (const [kind, body] of Object.entries(bodies)) {
  test(`fetch: body, ${kind}`, (t) => echo(t, { method: "POST", body: body() }));
}
test("fetch: body, form", async (t) => {
  const body = new FormData();
  body.set("field", "value");
  body.set("file", new File(["content"], "name.txt"));
  const told = await echo(t, { method: "POST", body });
  const [, boundary] = /boundary=(.*)$/.exec(told.fields["content-type"]);
  return [told.body.split(boundary).join("BOUNDARY"), told.length - boundary.length * 3];
});
test("fetch: body with GET", (t) => echo(t, { body: "x" }));
test("fetch: body, stream without duplex", (t) =>
  echo(t, { method: "POST", body: new Blob(["x"]).stream() })
);

const targets = {
  query: "?a=%20&b=+&c=ä",
  "empty query": "?",
  fragment: "?x#fragment",
  "empty fragment": "#",
  encoded: "/a%2Fb%3F%41",
  "an at sign": "/user@host/x@y?z=@#@",
  unicode: "/ä/\u{1F600}",
  dots: "/a/../b/./c/%2e%2e/d",
  spaces: "/a b",
  "slashes inside": "/a//b///c",
  url: "?url=https://api.vendor.example/x&y=wss://z",
};
for (const [kind, target] of Object.entries(targets)) {
  test(`fetch: target, ${kind}`, (t) => echo(t, {}, target));
  test(`fetch: url, ${kind}`, (t) => fetch(`${t.vendor}/echo${target}`).then((it) => it.url));
}
test("fetch: input is a URL", (t) => fetch(new URL("/echo", t.vendor)).then((it) => it.url));
test("fetch: input has a toString", async (t) => {
  const answer = await fetch({ toString: () => `${t.vendor}/echo` });
  return answer.url;
});
test("fetch: input with spaces around it", (t) => fetch(` ${t.vendor}/echo\n`).then((it) => it.url));
test("fetch: input with an upper-case host", (t) =>
  fetch(`${t.vendor.toUpperCase()}/echo`).then((it) => it.url)
);
test("fetch: input of backslashes", (t) =>
  fetch(`${t.vendor.replace("//", "\\\\")}\\echo`).then((it) => it.url)
);
test("fetch: no scheme", (t) => fetch(`${t.vendor.replace("https:", "")}/echo`).then((it) => it.url));
test("fetch: no argument", () => fetch());
test("fetch: input is undefined", () => fetch(undefined).then((it) => [it.status, it.url]));
test("fetch: input is a symbol", () => fetch(Symbol("x")));
test("fetch: input throws", () =>
  fetch({
    toString() {
      throw new RangeError("mine");
    },
  })
);
test("fetch: no URL", () => fetch("https://["));
test("fetch: user and password", (t) =>
  fetch(t.vendor.replace("//", "//user:pass@")).catch((error) => error.name)
);
test("fetch: unknown scheme", () => fetch("x-unknown://api.vendor.example/"));
test("fetch: relative", () => fetch("/own/data.json").then(async (it) => [it.url, await it.json()]));
test("fetch: relative to the page", () => fetch("own/data.json").then((it) => it.status));
test("fetch: data:", () => fetch("data:text/plain,hello").then(async (it) => [it.url, await it.text()]));
test("fetch: blob:", async () => {
  const answer = await fetch(URL.createObjectURL(new Blob(["hello"], { type: "text/x" })));
  return [answer.url.startsWith("blob:"), await answer.text(), answer.headers.get("content-type")];
});
test("fetch: a host that is not listed", (t) =>
  fetch(`${t.other}/echo`).then(async (it) => [it.url, (await it.json()).target])
);
test("fetch: localhost", () => fetch("https://localhost:1/"));

for (const status of [200, 201, 204, 400, 404, 418, 429, 500, 503]) {
  test(`fetch: status ${status}`, async (t) => {
    const answer = await fetch(`${t.vendor}/status/${status}`);
    return [answer.status, answer.ok, answer.statusText, answer.redirected, await answer.text()];
  });
}
test("fetch: type and headers", async (t) => {
  const answer = await fetch(`${t.vendor}/echo`);
  const shown = ["content-type", "x-answer", "x-hidden", "date"];
  return [answer.type, shown.map((name) => answer.headers.get(name))];
});
test("fetch: the body has been used", async (t) => {
  const answer = await fetch(`${t.vendor}/echo`);
  const before = answer.bodyUsed;
  await answer.text();
  return [before, answer.bodyUsed, await answer.text().catch(told)];
});
for (const reader of ["text", "json", "arrayBuffer", "blob", "bytes", "formData"]) {
  test(`fetch: read as ${reader}`, async (t) => {
    const answer = await fetch(`${t.vendor}/status/200`);
    const value = await answer[reader]();
    return [Object.prototype.toString.call(value), value.size, value.byteLength, String(value)];
  });
}
test("fetch: clone", async (t) => {
  const answer = await fetch(`${t.vendor}/drip/3`);
  const other = answer.clone();
  return [other.url === answer.url, other.url, await other.text(), await answer.text()];
});
test("fetch: read as a stream", async (t) => {
  const { body } = await fetch(`${t.vendor}/drip/5`);
  const decoder = new TextDecoder();
  let text = "";
  const reader = body.getReader();
  for (let part; !(part = await reader.read()).done; ) text += decoder.decode(part.value);
  return text;
});
test("fetch: the first part comes before the end", async (t) => {
  const reader = (await fetch(`${t.vendor}/hang`)).body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
});
test("fetch: large", async (t) => (await (await fetch(`${t.vendor}/large/2097152`)).arrayBuffer()).byteLength);
test("fetch: compressed", async (t) => (await (await fetch(`${t.vendor}/gzip`)).text()).length);
test("fetch: cut in the middle", async (t) => {
  const answer = await fetch(`${t.vendor}/cut`);
  return [answer.status, (await answer.text().catch(told)).error];
});
test("fetch: many at once", async (t) => {
  const asked = Array.from({ length: 20 }, (_, n) => echo(t, {}, `?${n}`));
  return (await Promise.all(asked)).map((each) => each.target);
});

for (const mode of ["cors", "no-cors", "same-origin", "navigate"]) {
  test(`fetch: mode ${mode}`, async (t) => {
    const answer = await fetch(`${t.vendor}/echo`, { mode });
    return [answer.type, answer.status, answer.url, await answer.text().then((it) => it.length > 0)];
  });
}
for (const credentials of ["omit", "same-origin", "include"]) {
  test(`fetch: credentials ${credentials}`, async (t) => {
    const url = `${t.vendor}/cookie/${credentials}`;
    const read = (it) => it.json();
    await fetch(url, { credentials }).then(read);
    return [
      await fetch(url, { credentials }).then(read),
      await fetch(url, { credentials: "include" }).then(read),
      document.cookie.includes(credentials),
    ];
  });
}
for (const cache of ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"]) {
  test(`fetch: cache ${cache}`, (t) => fetch(`${t.vendor}/echo`, { cache }).then((it) => it.status));
}
for (const redirect of ["follow", "error", "manual"]) {
  test(`fetch: redirect ${redirect}, and there is none`, (t) =>
    fetch(`${t.vendor}/echo`, { redirect }).then((it) => [it.status, it.type, it.redirected])
  );
}
test("fetch: a redirect is followed", async (t) => {
  const answer = await fetch(`${t.vendor}/redirect?to=/echo/there`);
  return [answer.status, (await answer.json()).target];
});
for (const referrerPolicy of ["no-referrer", "origin", "unsafe-url"]) {
  test(`fetch: referrerPolicy ${referrerPolicy}`, async (t) =>
    (await echo(t, { referrerPolicy })).fields.referer
  );
}
test("fetch: referrer", async (t) => (await echo(t, { referrer: "/own/page" })).fields.referer);
test("fetch: integrity", async (t) => {
  const url = `${t.vendor}/file/inner.js`;
  const text = await (await fetch(url)).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", text);
  const integrity = `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
  const wrong = await fetch(url, { integrity: "sha256-AAAA" }).catch((error) => error.name);
  return [(await fetch(url, { integrity })).status, wrong.status || wrong];
});
test("fetch: keepalive", async (t) => {
  await fetch(`${t.vendor}/keep?id=${t.id}`, { method: "POST", body: "kept", keepalive: true });
  return t.seen();
});
test("fetch: keepalive, too large", async (t) => {
  const init = { method: "POST", body: "x".repeat(70000), keepalive: true };
  return fetch(`${t.vendor}/echo`, init).then((it) => it.status, (error) => error.name);
});
test("fetch: priority", (t) => echo(t, { priority: "high" }));
test("fetch: fields of one's own", (t) =>
  echo(t, { headers: { "X-Case": "1", Authorization: "Bearer abc", Accept: "text/x" } })
);
test("fetch: a field that no script may set", async (t) =>
  (await echo(t, { headers: { Cookie: "a=b", Host: "evil.example" } })).fields
);
test("fetch: a field that is none", (t) => echo(t, { headers: { "X Case": "1" } }));

test("fetch: aborted before", (t) => fetch(`${t.vendor}/echo`, { signal: AbortSignal.abort() }));
test("fetch: aborted before, with a reason", (t) =>
  fetch(`${t.vendor}/echo`, { signal: AbortSignal.abort(new RangeError("why")) })
);
test("fetch: aborted while it waits", async (t) => {
  const abort = new AbortController();
  const asked = fetch(`${t.vendor}/slow/50`, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  return asked;
});
test("fetch: aborted in the body", async (t) => {
  const once = async () => {
    const abort = new AbortController();
    const answer = await fetch(`${t.vendor}/hang`, { signal: abort.signal });
    const reader = answer.body.getReader();
    await reader.read();
    setTimeout(() => abort.abort(), 100);
    return [answer.status, told(await reader.read().catch((error) => error))];
  };
  // Firefox forgets to reject one read of 16, also without the shim.
  for (let left = 5; left; left--) {
    const seen = await Promise.race([once(), sleep(2000)]);
    if (seen) return seen;
  }
  throw new Error("no read of five ended");
});
test("fetch: a time limit", (t) => fetch(`${t.vendor}/slow/50`, { signal: AbortSignal.timeout(100) }));

test("fetch: called on nothing", async (t) => {
  const { fetch } = window;
  return (await fetch(`${t.vendor}/status/200`)).status;
});
test("fetch: called on something else", (t) => fetch.call({}, `${t.vendor}/status/200`));
test("fetch: what it returns", async (t) => {
  const asked = fetch(`${t.vendor}/status/200`);
  const kinds = [asked instanceof Promise, asked.constructor === Promise];
  return [...kinds, (await asked) instanceof Response];
});
test("fetch: not to be constructed", () => new fetch("/own/data.json"));
test("fetch: wasm, streaming", async (t) => {
  const { instance } = await WebAssembly.instantiateStreaming(fetch(`${t.vendor}/file/add.wasm`));
  return instance.exports.add(2, 3);
});
test("fetch: wasm of a wrong type", async (t) => {
  const failed = await WebAssembly.compileStreaming(fetch(`${t.vendor}/echo`)).catch((it) => it);
  return failed.name;
});
