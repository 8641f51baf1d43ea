import { name } from "./inner.js";
onmessage = async ({ data }) => {
  const answer = await fetch(`${data.vendor}/echo`);
  const { href } = new URL("data.json", import.meta.url);
  const relative = await (await fetch(href)).json();
  postMessage([name, answer.url, import.meta.url, href, relative, await imported]);
};
const imported = import("./inner.js").then((it) => it.name);
