"use strict";
// Round trips over time, a line for each way, and a mark at the bottom for each packet that was lost.

const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 56;
const BOTTOM = 36;
const LEAST_MS = 20; // so that two milliseconds do not look like two hundred

function chart(media) {
  const drawn = media.filter((each) => each.state === "ok");
  if (!drawn.length) return null;
  const highest = Math.max(LEAST_MS, ...drawn.flatMap((each) => each.packets.filter((ms) => ms !== null)));
  const top = roundedUp(highest);
  const x = (number) => LEFT + (number * EVERY_MS / (MEDIA_S * 1000)) * (WIDTH - LEFT - 8);
  const y = (ms) => HEIGHT - BOTTOM - (ms / top) * (HEIGHT - BOTTOM - 10);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-labelledby": "chart-title" });
  const title = shape("title", { id: "chart-title" });
  title.textContent = drawn.map((each) => fill(TEXT.chartTitle, summary(each))).join(" ");
  svg.append(title);
  for (const part of [0, 0.5, 1]) {
    const at = y(top * part);
    svg.append(shape("line", { x1: LEFT, x2: WIDTH - 8, y1: at, y2: at, class: "grid" }));
    svg.append(label(LEFT - 8, at + 4, part === 1 ? `${top} ms` : String(Math.round(top * part)), "end"));
  }
  for (let second = 0; second <= MEDIA_S; second += 1) {
    svg.append(label(x(second * 1000 / EVERY_MS), HEIGHT - 6, `${second} s`, second ? "middle" : "start"));
  }
  for (const { way, packets } of drawn) {
    for (const path of unbroken(packets, x, y)) svg.append(shape("path", { d: path, class: `line ${way}` }));
    packets.forEach((ms, number) => {
      if (ms === null) svg.append(shape("line", { x1: x(number), x2: x(number), y1: HEIGHT - BOTTOM + 3, y2: HEIGHT - BOTTOM + 11, class: `lost ${way}` }));
    });
  }
  return svg;
}

function summary({ way, p50, p95, loss }) {
  return { way: WAYS[way], p50: p50.toFixed(1), p95: p95.toFixed(1), loss: loss.toFixed(1) };
}

// The lines between packets that were lost.
function unbroken(packets, x, y) {
  const paths = [];
  let path = "";
  for (const [number, ms] of [...packets, null].entries()) {
    if (ms !== null) path += `${path ? "L" : "M"}${x(number).toFixed(1)} ${y(ms).toFixed(1)}`;
    else if (path) {
      paths.push(path);
      path = "";
    }
  }
  return paths;
}

function roundedUp(ms) {
  const step = 10 ** Math.floor(Math.log10(ms));
  return [1, 2, 5, 10].map((each) => each * step).find((each) => each >= ms);
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function label(x, y, text, anchor) {
  const made = shape("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}
