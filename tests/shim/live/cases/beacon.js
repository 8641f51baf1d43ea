"use strict";

const kept = async (t) => until(async () => { const seen = await t.seen(); return seen.length && seen; });
const beacon = (t, ...data) => navigator.sendBeacon(`${t.vendor}/keep?id=${t.id}`, ...data);

for (const [kind, data] of Object.entries({
  string: () => "text",
  blob: () => new Blob(['{"a":1}'], { type: "text/plain" }),
  json: () => new Blob(['{"a":1}'], { type: "application/json" }),
  parameters: () => new URLSearchParams("a=b"),
  buffer: () => new Uint8Array([1, 2, 3]).buffer,
})) {
  test(`sendBeacon: ${kind}`, async (t) => [beacon(t, data()), await kept(t)]);
}
test("sendBeacon: nothing", async (t) => [beacon(t), await kept(t)]);
test("sendBeacon: a form", async (t) => {
  const form = new FormData();
  form.set("a", "b");
  return [beacon(t, form), (await kept(t))[0].body.length > 60];
});
test("sendBeacon: too large", (t) => beacon(t, "x".repeat(70000)));
test("sendBeacon: a URL object", async (t) => [
  navigator.sendBeacon(new URL(`${t.vendor}/keep?id=${t.id}`), "x"),
  await kept(t),
]);
test("sendBeacon: no URL", () => navigator.sendBeacon("https://["));
test("sendBeacon: data:", () => navigator.sendBeacon("data:,x"));
test("sendBeacon: no argument", () => navigator.sendBeacon());
test("sendBeacon: called on nothing", (t) => (0, navigator.sendBeacon)(t.vendor));
test("sendBeacon: a host that is not listed", async (t) => [
  navigator.sendBeacon(`${t.other}/keep?id=${t.id}`, "x"),
  await kept(t),
]);
test("fetchLater: as the page goes", async (t) => {
  if (typeof fetchLater === "undefined") return "absent";
  const later = fetchLater(`${t.vendor}/keep?id=${t.id}`, { activateAfter: 0 });
  return [(await kept(t)).length, await until(() => later.activated)];
});
