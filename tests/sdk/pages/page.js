// What every page has: its parameters, and the state that the suite reads.
"use strict";

const parameters = Object.fromEntries(new URLSearchParams(location.search));
const state = {};

/** Call *work*, a function of the page, and note when it has ended, well or not. */
async function run(work) {
  try {
    await work();
    state[work.name] = "ended";
  } catch (error) {
    state[work.name] = String(error?.errorMsg ?? error?.message ?? error);
  }
}

/** Load the SDK at *path* of /modules/, once. */
async function load(path) {
  const source = `/modules/${path}`;
  if (document.querySelector(`script[src="${source}"]`)) return;
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${path} does not load`));
    document.head.append(script);
  });
}

/** Return what *work* gives; note its error as *name*.error instead of failing. */
async function noting(name, work) {
  try {
    return await work();
  } catch (error) {
    state[`${name}.error`] = String(error?.errorMsg ?? error?.message ?? error);
  }
}
