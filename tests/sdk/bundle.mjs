// Makes scripts for pages of SDKs that have none: each pages/NAME_entry.js becomes
// node_modules/.bundles/NAME.js. What it imports as "NAME" is a dependency's alias NAME-VERSION;
// there is one script for each of those, NAME-VERSION.js.
import { build } from "esbuild";
import { readdirSync, readFileSync } from "node:fs";

const { dependencies } = JSON.parse(readFileSync("package.json"));
const entries = readdirSync("pages").filter((file) => file.endsWith("_entry.js"));

async function bundle(entry, name, alias) {
  await build({
    entryPoints: [`pages/${entry}`],
    outfile: `node_modules/.bundles/${name}.js`,
    alias,
    bundle: true,
    format: "iife",
    platform: "browser",
    mainFields: ["browser", "module", "main"], // what is required, too: Chime's "main" asks for node
    define: { global: "window" },
    logLevel: "warning",
  });
}

for (const entry of entries) {
  const name = entry.replace("_entry.js", "");
  const versions = Object.keys(dependencies).filter((each) => new RegExp(`^${name}-\\d`).test(each));
  if (versions.length === 0) await bundle(entry, name, {});
  for (const version of versions) await bundle(entry, version, { [name]: version });
}
