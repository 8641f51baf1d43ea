"use strict";

const source = (t, kind, init) => new EventSource(`${t.vendor}/events/${kind}`, init);

test("EventSource: messages in order", async (t) => {
  const made = source(t, "usual");
  const seen = [];
  made.onopen = () => seen.push("open");
  made.onmessage = (it) => seen.push(it.data, it.lastEventId);
  made.addEventListener("named", (it) => seen.push(it.type, it.data));
  await until(() => seen.includes("last"));
  made.close();
  return seen;
});
test("EventSource: url", (t) => {
  const made = source(t, "usual?a=%20#fragment");
  made.close();
  return [made.url, made.withCredentials, made.readyState];
});
test("EventSource: a message's origin", async (t) => {
  const made = source(t, "usual");
  const { origin, target } = await event(made, "message");
  made.close();
  return [origin, target === made];
});
test("EventSource: readyState", async (t) => {
  const made = source(t, "usual");
  const seen = [made.readyState];
  await event(made, "open");
  seen.push(made.readyState);
  made.close();
  return [...seen, made.readyState];
});
test("EventSource: connects again, and says where it was", async (t) => {
  const made = source(t, "again");
  const seen = [];
  made.onmessage = (it) => seen.push(it.data, it.lastEventId);
  await until(() => seen.length >= 6);
  made.close();
  return seen.slice(0, 6);
});
for (const kind of ["plain", "none", "../status/404", "../status/500"]) {
  test(`EventSource: ends at ${kind}`, async (t) => {
    const made = source(t, kind);
    const { type } = await event(made, "error", "open");
    const seen = [type, made.readyState];
    made.close();
    return seen;
  });
}
test("EventSource: with credentials", async (t) => {
  const url = `${t.vendor}/cookie/sse`;
  await fetch(url, { credentials: "include" });
  const seen = [];
  for (const withCredentials of [true, false]) {
    const made = source(t, "cookie", { withCredentials });
    seen.push((await event(made, "message")).data, made.withCredentials);
    made.close();
  }
  return seen;
});
test("EventSource: no URL", () => new EventSource("https://["));
test("EventSource: no argument", () => new EventSource());
test("EventSource: without new", (t) => EventSource(t.vendor));
test("EventSource: relative", () => {
  const made = new EventSource("own/none");
  made.close();
  return made.url;
});
test("EventSource: a host that is not listed", async (t) => {
  const made = new EventSource(`${t.other}/events/usual`);
  const { data, origin } = await event(made, "message");
  made.close();
  return [data, origin, made.url];
});
test("EventSource: kinds", (t) => {
  class Mine extends EventSource {}
  const made = new Mine(`${t.vendor}/events/usual`);
  made.close();
  return [
    made instanceof EventSource,
    made.constructor === Mine,
    EventSource.prototype.constructor === EventSource,
    [EventSource.CONNECTING, EventSource.OPEN, EventSource.CLOSED, made.CLOSED],
    made.url,
    String(made),
  ];
});
