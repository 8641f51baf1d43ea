"use strict";

// Load an element, and tell how it ended.
async function loaded(t, name, attributes) {
  const element = document.createElement(name);
  Object.assign(element, attributes);
  const ended = event(element, "load", "error");
  t.put(element);
  return [element, (await ended).type];
}

test("script: loads", async (t) => {
  const [element, type] = await loaded(t, "script", { src: `${t.vendor}/file/plain.js?x=%20` });
  return [type, element.src, element.getAttribute("src"), window.current];
});
test("script: with crossorigin", async (t) => {
  const [element, type] = await loaded(t, "script", { src: `${t.vendor}/file/value.js`, crossOrigin: "anonymous" });
  return [type, element.crossOrigin, window.value];
});
test("script: with integrity", async (t) => {
  const src = `${t.vendor}/file/value.js`;
  const digest = await crypto.subtle.digest("SHA-384", await (await fetch(src)).arrayBuffer());
  const integrity = `sha384-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
  const [, right] = await loaded(t, "script", { src, integrity, crossOrigin: "anonymous" });
  const [, wrong] = await loaded(t, "script", { src, integrity: "sha384-AAAA", crossOrigin: "anonymous" });
  return [right, wrong];
});
test("script: by setAttribute", async (t) => {
  const element = document.createElement("script");
  element.setAttribute("SRC", `${t.vendor}/file/value.js?attribute`);
  const ended = event(element, "load", "error");
  t.put(element);
  return [(await ended).type, element.src, element.getAttribute("src"), element.attributes.length];
});
test("script: not there", async (t) => (await loaded(t, "script", { src: `${t.vendor}/file/none.js` }))[1]);
test("script: broken", async (t) => {
  const failed = event(window, "error");
  const [, type] = await loaded(t, "script", { src: `${t.vendor}/file/broken.js` });
  const { message, filename, error } = await failed;
  return [type, message, filename, error];
});
test("script: module", async (t) => {
  const [element, type] = await loaded(t, "script", { type: "module", src: `${t.vendor}/file/module.js` });
  return [type, element.src, window.moduleValue];
});
test("script: in order", async (t) => {
  const all = ["plain.js?1", "plain.js?2", "value.js?3"].map((name) => {
    const element = document.createElement("script");
    element.async = false;
    element.src = `${t.vendor}/file/${name}`;
    return element;
  });
  const seen = [];
  const ended = all.map((each) => event(each, "load").then(() => seen.push(new URL(each.src).search)));
  all.forEach((each) => t.put(each));
  await Promise.all(ended);
  return seen;
});
test("script: of the page's own", async (t) => {
  const [element, type] = await loaded(t, "script", { src: "own/lib.js" });
  return [type, element.src, element.getAttribute("src")];
});
test("script: src as it was written", (t) => {
  const element = document.createElement("script");
  const seen = [element.src, element.getAttribute("src")];
  element.src = `${t.vendor}/a`;
  element.src = "relative";
  return [...seen, element.src, element.getAttribute("src"), element.hasAttribute("src")];
});
test("script: no URL", () => {
  const element = document.createElement("script");
  element.src = "https://[";
  return [element.src, element.getAttribute("src")];
});
test("script: a host that is not listed", async (t) => {
  const [element, type] = await loaded(t, "script", { src: `${t.other}/file/value.js` });
  return [type, element.src];
});

test("img: loads", async (t) => {
  const [element, type] = await loaded(t, "img", { src: `${t.vendor}/file/image.png` });
  return [type, element.naturalWidth, element.naturalHeight, element.src, element.currentSrc, element.complete];
});
test("img: new Image", async (t) => {
  const image = new Image(10, 20);
  image.src = `${t.vendor}/file/image.png?new`;
  const { type } = await event(image, "load", "error");
  return [type, image.width, image.src, image instanceof HTMLImageElement, image.constructor === HTMLImageElement];
});
test("img: decode", async (t) => {
  const image = new Image();
  image.src = `${t.vendor}/file/image.png?decode`;
  return image.decode();
});
test("img: not there", async (t) => (await loaded(t, "img", { src: `${t.vendor}/file/none.png` }))[1]);
for (const crossOrigin of [null, "anonymous", "use-credentials"]) {
  test(`img: read from a canvas, crossorigin ${crossOrigin}`, async (t) => {
    const [image] = await loaded(t, "img", { crossOrigin, src: `${t.vendor}/file/image.png?${crossOrigin}` });
    const canvas = document.createElement("canvas");
    const drawn = canvas.getContext("2d");
    drawn.drawImage(image, 0, 0);
    return [...drawn.getImageData(0, 0, 1, 1).data];
  });
}
test("img: data:", async (t) => {
  const src = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  const [element, type] = await loaded(t, "img", { src });
  return [type, element.src === src];
});
test("img: blob:", async (t) => {
  const blob = await (await fetch(`${t.vendor}/file/image.png`)).blob();
  const [element, type] = await loaded(t, "img", { src: URL.createObjectURL(blob) });
  return [type, element.naturalWidth];
});
test("img: removed and set again", (t) => {
  const element = document.createElement("img");
  element.setAttribute("src", `${t.vendor}/file/image.png`);
  element.removeAttribute("src");
  const seen = [element.src, element.getAttribute("src")];
  element.setAttribute("src", "own/x");
  return [...seen, element.getAttribute("src")];
});

test("audio: loads", async (t) => {
  const element = document.createElement("audio");
  element.src = `${t.vendor}/file/sound.wav`;
  t.put(element);
  const { type } = await event(element, "loadedmetadata", "error");
  return [type, element.duration, element.src, element.currentSrc, element.getAttribute("src")];
});
test("audio: new Audio", async (t) => {
  const audio = new Audio(`${t.vendor}/file/sound.wav?new`);
  const { type } = await event(audio, "loadedmetadata", "error");
  return [type, audio.src, audio.preload, audio instanceof HTMLAudioElement, Audio.length, new Audio().src];
});
test("audio: not there", async (t) => {
  const audio = new Audio(`${t.vendor}/file/none.wav`);
  const { type } = await event(audio, "loadedmetadata", "error");
  return [type, audio.error.code];
});
test("audio: of a source element", async (t) => {
  const audio = document.createElement("audio");
  const source = document.createElement("source");
  source.src = `${t.vendor}/file/sound.wav?source`;
  audio.append(source);
  t.put(audio);
  const { type } = await event(audio, "loadedmetadata", "error");
  return [type, source.src, audio.currentSrc];
});
test("video: src", (t) => {
  const element = document.createElement("video");
  element.preload = "none";
  element.src = `${t.vendor}/file/none.mp4`;
  return [element.src, element.getAttribute("src"), element.currentSrc];
});
test("link: a style sheet", async (t) => {
  const [element, type] = await loaded(t, "link", { rel: "stylesheet", href: `${t.vendor}/file/style.css` });
  const mark = t.put(document.createElement("p"));
  mark.className = "from-the-vendor";
  return [type, getComputedStyle(mark).color, element.href, element.getAttribute("href"), element.sheet.href];
});
test("link: preload", async (t) => {
  const href = `${t.vendor}/file/value.js?preload`;
  const [element, type] = await loaded(t, "link", { rel: "preload", as: "script", href });
  return [type, element.href];
});
test("element: attributes of others", (t) => {
  const element = document.createElement("a");
  element.setAttribute("href", `${t.vendor}/x`);
  element.setAttribute("src", `${t.vendor}/y`);
  element.href += "?z";
  return [element.href, element.getAttribute("href"), element.getAttribute("src"), element.outerHTML];
});
test("element: setAttribute of too little", () => document.createElement("img").setAttribute("src"));
test("element: a name that is none", () => document.createElement("img").setAttribute("a b", "c"));
test("element: setAttribute of something else", () => Element.prototype.setAttribute.call({}, "a", "b"));
test("element: a form's own element in the way", (t) => {
  const form = document.createElement("form");
  form.innerHTML = '<input name="localName">';
  form.setAttribute("src", `${t.vendor}/x`);
  return form.getAttribute("src");
});
test("worklet: addModule", async (t) => {
  const audio = new OfflineAudioContext(1, 128, 8000);
  await audio.audioWorklet.addModule(`${t.vendor}/file/worklet.js`);
  return new AudioWorkletNode(audio, "none").numberOfInputs;
});
test("worklet: not there", async (t) => {
  const audio = new OfflineAudioContext(1, 128, 8000);
  const failed = await audio.audioWorklet.addModule(`${t.vendor}/file/none.js`).catch((it) => it);
  return failed.name;
});
