// Tokens that SDKs read before they ask anybody; nobody checks the signatures here.
"use strict";

function encoded(value) {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Return a JSON Web Token (RFC 7519) with *claims*, of a fixed time: two runs send the same. */
function jsonWebToken(claims, header = {}) {
  const times = { iat: 1_700_000_000, exp: 4_000_000_000 };
  return `${encoded({ alg: "HS256", typ: "JWT", ...header })}.${encoded({ ...times, ...claims })}.c2ln`;
}

function twilioToken(grants) {
  return jsonWebToken({ jti: "SK1-1", iss: "SK1", sub: "AC1", grants }, { cty: "twilio-fpa;v=1" });
}
