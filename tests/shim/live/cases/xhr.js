"use strict";

const STAGES = ["loadstart", "progress", "abort", "error", "load", "timeout", "loadend"];

// Send a request and tell everything about its end.
async function xhr(method, url, change = () => {}, body = undefined) {
  const made = new XMLHttpRequest();
  made.open(method, url);
  change(made);
  const ended = event(made, "loadend");
  made.send(body);
  await ended;
  return made;
}
const answered = async (...all) => {
  const made = await xhr(...all);
  return [made.status, made.statusText, made.responseURL, JSON.parse(made.responseText)];
};

for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"]) {
  test(`XMLHttpRequest: ${method}`, (t) => xhr(method, `${t.vendor}/echo`).then((it) => [it.status, it.responseText]));
}
test("XMLHttpRequest: HEAD", async (t) => {
  const made = await xhr("HEAD", `${t.vendor}/echo`);
  return [made.status, made.responseText, made.getResponseHeader("x-answer")];
});
for (const [kind, body] of Object.entries({
  string: () => "text ä",
  blob: () => new Blob(["b"], { type: "text/x-case" }),
  buffer: () => new Uint8Array([1, 2, 3]).buffer,
  parameters: () => new URLSearchParams("a=b c"),
  document: () => new DOMParser().parseFromString("<a>ä</a>", "text/xml"),
  large: () => new Uint8Array(2 << 20).fill(67),
  nothing: () => null,
})) {
  test(`XMLHttpRequest: body, ${kind}`, (t) => answered("POST", `${t.vendor}/echo`, undefined, body()));
}
test("XMLHttpRequest: body, form", async (t) => {
  const form = new FormData();
  form.set("a", "b");
  const made = await xhr("POST", `${t.vendor}/echo`, undefined, form);
  return JSON.parse(made.responseText).length > 60;
});

test("XMLHttpRequest: responseURL", async (t) => {
  const made = await xhr("GET", `${t.vendor}/echo?a=%20#fragment`);
  return made.responseURL;
});
test("XMLHttpRequest: responseURL before it is sent", (t) => {
  const made = new XMLHttpRequest();
  const before = made.responseURL;
  made.open("GET", `${t.vendor}/echo`);
  return [before, made.responseURL, made.readyState, made.status];
});
test("XMLHttpRequest: responseURL of the page's own", async () => (await xhr("GET", "/own/data.json")).responseURL);
test("XMLHttpRequest: used again", async (t) => {
  const made = await xhr("GET", `${t.vendor}/echo`);
  const seen = [made.responseURL];
  made.open("GET", "/own/data.json");
  const ended = event(made, "loadend");
  made.send();
  await ended;
  return [...seen, made.responseURL];
});
test("XMLHttpRequest: a host that is not listed", async (t) => (await xhr("GET", `${t.other}/echo`)).responseURL);
test("XMLHttpRequest: a URL", (t) => answered("GET", new URL("/echo", t.vendor)));
test("XMLHttpRequest: relative", async () => (await xhr("GET", "own/data.json")).status);
test("XMLHttpRequest: data:", async () => {
  const made = await xhr("GET", "data:text/plain,hello");
  return [made.status, made.responseText, made.responseURL];
});
test("XMLHttpRequest: blob:", async () => {
  const made = await xhr("GET", URL.createObjectURL(new Blob(["hello"])));
  return [made.status, made.responseText, made.responseURL.startsWith("blob:")];
});
test("XMLHttpRequest: no URL", () => new XMLHttpRequest().open("GET", "https://["));
test("XMLHttpRequest: no method", (t) => new XMLHttpRequest().open("G T", t.vendor));
test("XMLHttpRequest: a method that is forbidden", (t) => new XMLHttpRequest().open("CONNECT", t.vendor));
test("XMLHttpRequest: open without a URL", () => new XMLHttpRequest().open("GET"));
test("XMLHttpRequest: open of something else", (t) => XMLHttpRequest.prototype.open.call({}, "GET", t.vendor));
test("XMLHttpRequest: responseURL of something else", () =>
  Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, "responseURL").get.call({})
);
test("XMLHttpRequest: sent before it is opened", () => new XMLHttpRequest().send());

for (const status of [204, 304, 404, 500]) {
  test(`XMLHttpRequest: status ${status}`, async (t) => {
    const made = await xhr("GET", `${t.vendor}/status/${status}`);
    return [made.status, made.statusText, made.responseText, made.readyState];
  });
}
for (const responseType of ["", "text", "json", "arraybuffer", "blob", "document"]) {
  test(`XMLHttpRequest: responseType ${responseType || "empty"}`, async (t) => {
    const made = await xhr("GET", `${t.vendor}/echo`, (it) => (it.responseType = responseType));
    const { response } = made;
    const size = response && (response.length || response.byteLength || response.size || response.target);
    return [made.responseType, Object.prototype.toString.call(response), size];
  });
}
test("XMLHttpRequest: overrideMimeType", async (t) => {
  const made = await xhr("GET", `${t.vendor}/status/200`, (it) => {
    it.overrideMimeType("text/x-case");
    it.responseType = "blob";
  });
  return made.response.type;
});
test("XMLHttpRequest: fields of the response", async (t) => {
  const made = await xhr("GET", `${t.vendor}/echo`);
  const names = ["content-type", "X-Answer", "x-hidden", "set-cookie"];
  return [names.map((each) => made.getResponseHeader(each)), /x-answer: yes/.test(made.getAllResponseHeaders())];
});
test("XMLHttpRequest: fields of one's own", (t) =>
  answered("GET", `${t.vendor}/echo`, (it) => {
    it.setRequestHeader("X-Case", "1");
    it.setRequestHeader("X-Case", "2");
    it.setRequestHeader("Authorization", "Basic abc");
  })
);
test("XMLHttpRequest: a field before open", () => new XMLHttpRequest().setRequestHeader("a", "b"));
test("XMLHttpRequest: withCredentials", async (t) => {
  const url = `${t.vendor}/cookie/xhr`;
  const seen = [];
  for (const withCredentials of [true, true, false]) {
    const made = await xhr("GET", url, (it) => (it.withCredentials = withCredentials));
    seen.push(JSON.parse(made.responseText).cookie);
  }
  return seen;
});
test("XMLHttpRequest: events", async (t) => {
  const made = new XMLHttpRequest();
  const states = [];
  made.addEventListener("readystatechange", () => states.push(made.readyState));
  const seen = events(made, STAGES.filter((each) => each !== "progress"), "loadend");
  made.open("GET", `${t.vendor}/status/200`);
  made.send();
  return [await seen, states.filter((each, at) => each !== states[at - 1])];
});
test("XMLHttpRequest: events of an upload", async (t) => {
  const made = new XMLHttpRequest();
  const seen = events(made.upload, ["loadstart", "load", "loadend"], "loadend", (it) => [it.type, it.loaded]);
  made.open("POST", `${t.vendor}/echo`);
  made.send("x".repeat(100000));
  return seen;
});
test("XMLHttpRequest: progress", async (t) => {
  const made = new XMLHttpRequest();
  let seen = 0;
  made.onprogress = () => (seen = Math.max(seen, made.responseText.length));
  made.open("GET", `${t.vendor}/drip/4`);
  const ended = event(made, "loadend");
  made.send();
  await ended;
  return [seen, made.responseText];
});
test("XMLHttpRequest: aborted", async (t) => {
  const made = new XMLHttpRequest();
  const seen = events(made, STAGES.filter((each) => each !== "progress"), "loadend");
  made.open("GET", `${t.vendor}/hang`);
  made.send();
  setTimeout(() => made.abort(), 200);
  return [await seen, made.readyState, made.status, made.responseURL];
});
test("XMLHttpRequest: aborted before it is sent", (t) => {
  const made = new XMLHttpRequest();
  made.open("GET", `${t.vendor}/echo`);
  made.abort();
  return [made.readyState, made.status];
});
test("XMLHttpRequest: a time limit", async (t) => {
  const made = new XMLHttpRequest();
  const seen = events(made, STAGES.filter((each) => each !== "progress"), "loadend");
  made.open("GET", `${t.vendor}/slow/30`);
  made.timeout = 150;
  made.send();
  return [await seen, made.readyState, made.status];
});
test("XMLHttpRequest: cut in the middle", async (t) => {
  const made = new XMLHttpRequest();
  const seen = events(made, STAGES.filter((each) => each !== "progress"), "loadend");
  made.open("GET", `${t.vendor}/cut`);
  made.send();
  return [await seen, made.status];
});
test("XMLHttpRequest: synchronous", (t) => {
  const made = new XMLHttpRequest();
  made.open("POST", `${t.vendor}/echo`, false);
  made.send("now");
  return [made.status, made.responseURL, JSON.parse(made.responseText).body];
});
test("XMLHttpRequest: synchronous, with a responseType", (t) => {
  const made = new XMLHttpRequest();
  made.responseType = "json";
  made.open("GET", `${t.vendor}/echo`, false);
});
test("XMLHttpRequest: user and password", async (t) => {
  const made = new XMLHttpRequest();
  made.open("GET", `${t.vendor}/echo`, true, "user", "pass");
  const ended = event(made, "loadend");
  made.send();
  await ended;
  return [made.status, made.responseURL];
});
test("XMLHttpRequest: kinds", () => {
  class Mine extends XMLHttpRequest {}
  const made = new Mine();
  return [
    made instanceof XMLHttpRequest,
    made.constructor === Mine,
    new XMLHttpRequest().constructor === XMLHttpRequest,
    [made.UNSENT, made.OPENED, XMLHttpRequest.DONE, XMLHttpRequest.length],
    String(made),
    Object.keys(made),
  ];
});
