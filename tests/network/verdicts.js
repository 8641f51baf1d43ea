"use strict";
// Reads results as JSON, a list of them, and writes what the page's own functions make of each.
const fs = require("fs");
const vm = require("vm");

const [folder, ...names] = process.argv.slice(2);
const source = names.map((name) => fs.readFileSync(`${folder}/${name}`, "utf-8")).join("\n");
const given = fs.readFileSync(0, "utf-8");
const judge = `
  JSON.stringify({
    tokens: Object.keys(FINDINGS),
    verdicts: JSON.parse(given).map((results) => {
      const found = verdict(results);
      const shown = { headline: headline(results, found), modeText: modeText(results, found) };
      const run = { results, found, steps: [], time: "now", wasHidden: false };
      return { ...found, ...shown, texts: found.findings.map(said), report: reportText(run) };
    }),
  })`;
process.stdout.write(vm.runInNewContext(`${source}\n${judge}`, { given, navigator: { userAgent: "a browser" } }));
