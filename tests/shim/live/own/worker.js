"use strict";
// Does what the page asks: its message has the text of a function.
onmessage = async ({ data }) => {
  try {
    postMessage(await new Function(`return ${data.source}`)()(data));
  } catch (error) {
    postMessage({ error: error.name });
  }
};
