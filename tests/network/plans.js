"use strict";
// Reads a list of answers as JSON, and writes which of them are a plan and which ICE servers.
const fs = require("fs");
const vm = require("vm");

const source = fs.readFileSync(process.argv[2], "utf-8");
const given = fs.readFileSync(0, "utf-8");
const judge = "JSON.stringify(JSON.parse(given).map((each) => [isPlan(each), isIce(each)]))";
process.stdout.write(vm.runInNewContext(`${source}\n${judge}`, { given }));
