// Runs the table of cases, and tells what each case saw. The same page runs without the shim and
// with it; what the cases tell has to be the same.
"use strict";

const LANES = 8;
const CASE_MS = 20000;
const table = [];

// A case is a function of `t`; what it returns, or the error that it throws, is what it saw.
function test(name, run) {
  if (table.some((each) => each.name === name)) throw new Error(`two cases: ${name}`);
  const [, file] = /\/cases\/(.*)$/.exec(document.currentScript.src);
  table.push({ file, name, run });
}

function told(error) {
  if (!(error instanceof Object)) return { thrown: String(error) };
  return { error: error.name, message: error.message, kind: Object.prototype.toString.call(error) };
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// The next event of one of these types, as its type and target tell.
function event(target, ...types) {
  return new Promise((done) => {
    for (const type of types) target.addEventListener(type, done, { once: true });
  });
}

// Every event of these types until the last of them, in order.
function events(target, types, last, describe = (each) => each.type) {
  return new Promise((done) => {
    const seen = [];
    for (const type of types) {
      target.addEventListener(type, (each) => {
        seen.push(describe(each));
        if (type === last) setTimeout(() => done(seen), 50);
      });
    }
  });
}

async function until(condition) {
  for (let left = 200; left; left--) {
    const value = await condition();
    if (value) return value;
    await sleep(25);
  }
  throw new Error("it never came");
}

// How a property looks: who changes it has to leave it so.
function look(object, name) {
  let depth = 0;
  while (object && !Object.getOwnPropertyDescriptor(object, name)) {
    object = Object.getPrototypeOf(object);
    depth++;
  }
  if (!object) return "absent";
  const found = Object.getOwnPropertyDescriptor(object, name);
  const seen = { depth };
  for (const [key, value] of Object.entries(found)) {
    seen[key] =
      typeof value === "function"
        ? [value.name, value.length, "prototype" in value, /\[native code\]/.test(value)]
        : String(value);
  }
  return seen;
}

function context(name) {
  const id = `${name.replace(/\W+/g, "-")}-${Math.random().toString(36).slice(2)}`;
  return {
    ...settings,
    id,
    ws: settings.vendor.replace("https", "wss"),
    seen: () => fetch(`/seen/${id}`).then((answer) => answer.json()),
    // An element in the page, gone when the case has ended.
    put(element) {
      document.body.append(element);
      this.put.all.push(element);
      return element;
    },
  };
}

async function outcome({ name, run }) {
  const t = context(name);
  t.put.all = [];
  let saw;
  try {
    saw = await Promise.race([run(t), sleep(CASE_MS).then(() => "it did not end")]);
  } catch (error) {
    saw = told(error);
  }
  t.put.all.forEach((each) => each.remove());
  const text = JSON.stringify(saw === undefined ? null : saw);
  return JSON.parse(text.split(t.id).join("ID").split(location.pathname).join("/PAGE"));
}

async function runAll(pattern = "") {
  const results = {};
  const waiting = table.filter((each) => each.name.includes(pattern));
  const lane = async () => {
    for (let each; (each = waiting.shift()); ) results[each.name] = [each.file, await outcome(each)];
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

// A file of cases that does not run at all is a fault, too.
const faults = [];
addEventListener("error", ({ filename, message }) => {
  if (/\/cases\//.test(filename)) faults.push(`${filename}: ${message}`);
});
