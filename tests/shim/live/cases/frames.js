"use strict";

const frame = (t, attributes = {}) => t.put(Object.assign(document.createElement("iframe"), attributes));
const brief = (asked) => asked.then(async (it) => [it.url, it.type, await it.text().then((text) => text.length > 0)]);

test("frame: fetch of an empty one", async (t) => brief(frame(t).contentWindow.fetch(`${t.vendor}/status/200`)));
test("frame: fetch by its document's view", async (t) =>
  brief(frame(t).contentDocument.defaultView.fetch(`${t.vendor}/status/200`))
);
test("frame: fetch by window.frames", async (t) => {
  await event(frame(t, { name: t.id, src: "/own/frame.html" }), "load");
  return brief(window.frames[t.id].fetch(`${t.vendor}/status/200`));
});
test("frame: WebSocket of an empty one", async (t) => {
  const view = frame(t).contentWindow;
  const socket = new view.WebSocket(`${t.ws}/ws`);
  const { type } = await event(socket, "open", "error");
  socket.close();
  return [type, socket.url, socket instanceof view.WebSocket, socket instanceof WebSocket];
});
test("frame: XMLHttpRequest of an empty one", async (t) => {
  const view = frame(t).contentWindow;
  const xhr = new view.XMLHttpRequest();
  xhr.open("GET", `${t.vendor}/status/200`);
  xhr.send();
  await event(xhr, "loadend");
  return [xhr.status, xhr.responseURL];
});
test("frame: sendBeacon of an empty one", async (t) => {
  const sent = frame(t).contentWindow.navigator.sendBeacon(`${t.vendor}/keep?id=${t.id}`, "x");
  return [sent, await until(async () => { const seen = await t.seen(); return seen.length && seen; })];
});
test("frame: a script put into an empty one", async (t) => {
  const page = frame(t).contentDocument;
  const script = page.createElement("script");
  script.src = `${t.vendor}/file/value.js`;
  const ended = event(script, "load", "error");
  page.body.append(script);
  return [(await ended).type, script.src, page.defaultView.value];
});
test("frame: a document written into it", async (t) => {
  const { contentWindow, contentDocument } = frame(t);
  contentDocument.open();
  contentDocument.write(`<script>asked = fetch("${t.vendor}/status/200").then((it) => it.url)</script>`);
  contentDocument.close();
  return contentWindow.asked;
});
test("frame: srcdoc, as it loads", async (t) => {
  const srcdoc = `<script>asked = fetch("${t.vendor}/status/200").then((it) => it.url)</script>`;
  const made = frame(t, { srcdoc });
  await event(made, "load");
  return made.contentWindow.asked;
});
test("frame: a page of the same origin, when it has loaded", async (t) => {
  const made = frame(t, { src: "/own/frame.html" });
  await event(made, "load");
  return brief(made.contentWindow.fetch(`${t.vendor}/status/200`));
});
test("frame: a page of the same origin, as it loads", async (t) => {
  const made = frame(t, { src: `/own/asking.html#${encodeURIComponent(t.vendor)}` });
  await event(made, "load");
  return made.contentWindow.asked;
});
test("frame: written into the page, as it loads", async (t) => {
  const holder = t.put(document.createElement("div"));
  holder.innerHTML = `<iframe src="/own/asking.html#${encodeURIComponent(t.vendor)}"></iframe>`;
  await event(holder.firstChild, "load");
  return holder.firstChild.contentWindow.asked;
});
test("frame: within a frame", async (t) => {
  const outer = frame(t).contentDocument;
  const inner = outer.createElement("iframe");
  outer.body.append(inner);
  return brief(inner.contentWindow.fetch(`${t.vendor}/status/200`));
});
test("frame: of another origin", async (t) => {
  const made = frame(t, { src: `${t.other}/status/200` });
  await event(made, "load");
  const { contentWindow, contentDocument } = made;
  return [typeof contentWindow, contentDocument, typeof contentWindow.postMessage, contentWindow.length];
});
test("frame: of another origin, looked into", async (t) => {
  const made = frame(t, { src: `${t.other}/status/200` });
  await event(made, "load");
  try {
    return made.contentWindow.fetch;
  } catch (error) {
    return error.name;
  }
});
test("frame: in a sandbox", async (t) => {
  const made = frame(t, { sandbox: "allow-scripts", srcdoc: "<script>parent.postMessage('sandboxed', '*')</script>" });
  const { data, origin } = await until(
    () => new Promise((done) => addEventListener("message", (it) => done(it.data === "sandboxed" && it), { once: true }))
  );
  return [data, origin, made.contentDocument];
});
test("frame: that is in no document", () => {
  const made = document.createElement("iframe");
  return [made.contentWindow, made.contentDocument];
});
test("frame: that was taken out", (t) => {
  const made = frame(t);
  const view = made.contentWindow;
  made.remove();
  return [made.contentWindow, view.closed];
});
test("frame: its things are its own", (t) => {
  const view = frame(t).contentWindow;
  return [
    view.fetch !== fetch,
    view.WebSocket !== WebSocket,
    view.WebSocket.prototype.constructor === view.WebSocket,
    view.parent === window,
    view === view.window,
    Object.keys(view).includes("sigproxy"),
  ];
});
test("frame: its Request in our fetch", async (t) => {
  const view = frame(t).contentWindow;
  return brief(fetch(new view.Request(`${t.vendor}/status/200`)));
});
