"use strict";
// The report: text for people, JSON for programs. It holds no credential, and no key.

// What the page says of a finding, filled in.
function said({ token, values }) {
  const texts = FINDINGS[token];
  const filled = {};
  for (const name of ["title", "text", "rule", "remedy"]) {
    if (texts[name]) filled[name] = fill(texts[name], values);
  }
  return { ...filled, who: texts.who || null };
}

function modeText(results, found) {
  if (!found.mode) return "";
  const values = { ...places(results), mode: found.mode.name };
  return fill(MODES[found.mode.way], values);
}

function reportData(run) {
  const { results, found } = run;
  const packets = results.media.map(({ packets: _, ...each }) => each);
  return {
    gateway: results.gateway,
    time: run.time,
    version: results.version,
    verdict: found.state,
    mode: found.mode && found.mode.name,
    findings: found.findings.map((each) => ({ token: each.token, level: each.level, ...said(each) })),
    steps: { ...results, media: packets },
    browser: navigator.userAgent,
    page_in_background: run.wasHidden,
  };
}

function reportText(run) {
  const { results, found } = run;
  const lines = [
    `${TEXT.title}: ${results.gateway}`,
    `${run.time}${results.request ? `, request ${results.request}` : ""}${results.version ? `, sigproxy ${results.version}` : ""}`,
    "",
    HEADLINES[found.state],
    ...[modeText(results, found)].filter(Boolean),
    "",
  ];
  for (const each of found.findings) {
    const { title, text, rule, remedy, who } = said(each);
    lines.push(`[${each.token}] ${title}`, `  ${text}`);
    if (rule) lines.push(`  ${TEXT.rule}: ${rule}`);
    if (remedy) lines.push(`  ${TEXT.remedy} (${WHO[who]}): ${remedy}`);
    lines.push("");
  }
  for (const step of run.steps) {
    lines.push(`${step.state.padEnd(5)} ${step.name}${step.detail ? `: ${step.detail}` : ""}${step.ms === null ? "" : ` (${shownMs(step.ms)})`}`);
  }
  lines.push("", navigator.userAgent);
  if (run.wasHidden) lines.push(TEXT.hidden);
  return `${lines.join("\n")}\n`;
}

function shownMs(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

// Mail programs take some 2000 characters of an address.
function mailLink(run, text) {
  const subject = fill(TEXT.mail, { gateway: run.results.gateway, headline: HEADLINES[run.found.state] });
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(text.slice(0, 1500))}`;
}
