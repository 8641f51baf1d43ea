"use strict";
addEventListener("message", async ({ data, source }) => {
  if (source !== parent) return;
  try {
    const response = await fetch(data, { cache: "no-store", headers: { "X-Network-Test": "1" } });
    parent.postMessage({ ok: response.status > 0, detail: String(response.status) }, "*");
  } catch (error) {
    parent.postMessage({ ok: false, detail: String(error) }, "*");
  }
});
