// What an SDK makes of ICE servers: every configuration that it hands to RTCPeerConnection, and what
// the browser says of it. A page loads this before its SDK.
"use strict";

const PATIENCE_MS = 15_000;
const connections = [];
let noted = () => {};

/** Note *configuration*; throw what the browser throws at it. */
function note(configuration, use) {
  const { iceServers, iceTransportPolicy = "all" } = configuration ?? {};
  if (!iceServers?.length) return; // a probe of what the browser can do
  const seen = { iceServers: JSON.parse(JSON.stringify(iceServers)), iceTransportPolicy, error: null };
  connections.push(seen);
  try {
    use(configuration);
  } catch (error) {
    seen.error = error.message;
    throw error;
  } finally {
    noted();
  }
}

// The SDK goes on with a connection that has no servers: no name is looked up, nothing is dialled.
window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
  construct(Native, [configuration, ...more], target) {
    note(configuration, (given) => new Native(given).close());
    return Reflect.construct(Native, [{ ...configuration, iceServers: [] }, ...more], target);
  },
});

/** Give *value* to the SDK and let it go on to a connection: what it threw, and what it made. */
async function given(value) {
  connections.length = 0;
  let thrown = null;
  await new Promise((resolve) => {
    noted = resolve;
    start(value).catch((error) => {
      thrown = said(error);
      resolve();
    });
    setTimeout(resolve, PATIENCE_MS);
  });
  return { thrown, connections };
}

function said(error) {
  const { name, code, subCode, message } = error ?? {};
  return { name, code, subCode, message: message ?? String(error) };
}

/** Return what the gateway answers for an SDK. */
async function answered(gateway, sdk, mode) {
  const answer = await fetch(`https://${gateway}/-/ice?sdk=${sdk}&mode=${mode}`);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
