// What an SDK makes of ICE servers: every configuration that it hands to RTCPeerConnection, and what
// the browser says of it. A page loads this before its SDK.
"use strict";

const PATIENCE_MS = 15_000;
const Native = RTCPeerConnection;
const connections = [];
let isEnough = () => false;
let resolve = () => {};

/** Note *configuration*; throw what the browser throws at it. */
function note(configuration, use) {
  const { iceServers, iceTransportPolicy = "all" } = configuration ?? {};
  if (!iceServers) return; // a probe of what the browser can do
  const seen = { iceServers: JSON.parse(JSON.stringify(iceServers)), iceTransportPolicy, error: null };
  connections.push(seen);
  try {
    use(configuration);
  } catch (error) {
    seen.error = error.message;
    throw error;
  } finally {
    if (isEnough(seen)) resolve();
  }
}

// The SDK goes on with a connection that has no servers: no name is looked up, nothing is dialled.
window.RTCPeerConnection = new Proxy(Native, {
  construct(_, [configuration, ...more], target) {
    note(configuration, (given) => new Native(given).close());
    return Reflect.construct(Native, [{ ...configuration, iceServers: [] }, ...more], target);
  },
});

/**
 * Give *value* to the SDK and let it go on to a connection: what it threw, or what it made.
 * A connection that has servers is enough, or one that has none but this *policy*.
 */
async function given(value, policy = null) {
  connections.length = 0;
  let thrown = null;
  await new Promise((done) => {
    resolve = done;
    isEnough = (seen) => seen.iceServers.length > 0 || seen.iceTransportPolicy === policy;
    start(value).catch((error) => {
      thrown = said(error);
      done();
    });
    setTimeout(done, PATIENCE_MS);
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

/** Return what the browser throws at each of *configurations*; null if it takes it. */
function refusals(configurations) {
  return configurations.map((configuration) => {
    try {
      new Native(configuration).close();
      return null;
    } catch (error) {
      return said(error);
    }
  });
}
