"use strict";
// Whether what came is a plan, or ICE servers, at all: a captive portal answers 200 too. Pure.

const isText = (value) => typeof value === "string";
const isPath = (value) => isText(value) && value.startsWith("/");
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isListOf = (value, isRight) => Array.isArray(value) && value.every(isRight);
const isNullOr = (value, isRight) => value === null || isRight(value);

function isPlan(plan) {
  return isRecord(plan)
    && Number.isFinite(plan.time)
    && [plan.version, plan.request_id].every(isText)
    && isNullOr(plan.certificate, (each) => isRecord(each) && isText(each.sha256))
    && isPath(plan.echo)
    && isNullOr(plan.ice, isPath)
    && isNullOr(plan.stun, (url) => isText(url) && /^stuns?:[^\s/]+$/.test(url))
    && ["reachable", "unreachable", null].includes(plan.turn_server)
    && isListOf(plan.vendors, isVendor)
    && isListOf(plan.not_tried, (each) => isRecord(each) && isText(each.route) && isText(each.why))
    && isListOf(plan.modes, isText)
    && isListOf(plan.sdks, isText)
    && isRecord(plan.mounts) && Object.values(plan.mounts).every(isText);
}

// Only what changes nothing is asked of a vendor, whatever a plan says.
function isVendor(each) {
  return isRecord(each) && isText(each.host) && Number.isInteger(each.port) && isPath(each.url)
    && ["HEAD", "GET"].includes(each.method);
}

// Of the servers, one has credentials: that is the relay.
function isIce(answer) {
  return isRecord(answer) && isListOf(answer.iceServers, isRecord)
    && answer.iceServers.some(({ urls, username, credential }) => isText(username) && isText(credential)
      && isListOf([urls].flat(), (url) => isText(url) && /^turns?:[^\s/]+$/.test(url)));
}
