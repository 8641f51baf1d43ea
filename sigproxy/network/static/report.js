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
  const texts = found.state === "fail" ? { ...MODES, ...MODES_LATER } : MODES;
  return fill(texts[found.mode.way], values);
}

// What is said first: that calls fail only if something of them was tried.
function headline(results, found) {
  if (!results.lacks.length && !(results.plan && results.plan.state === "ok")) return HEADLINES.unbegun;
  const failed = found.findings.filter((each) => each.level === "fail");
  return failed.length && failed.every((each) => each.token === "test_failed") ? HEADLINES.untried : HEADLINES[found.state];
}

// The figures of one way, each as its column of the table has it.
function shownFigures({ p50, p95, jitter, loss, kbit }) {
  return {
    p50: `${p50.toFixed(1)} ms`, p95: `${p95.toFixed(1)} ms`, jitter: `${jitter.toFixed(1)} ms`,
    loss: `${loss.toFixed(1)} %`, throughput: `${Math.round(kbit)} kbit/s`,
  };
}

function figureLine(media) {
  const parts = Object.entries(shownFigures(media)).map(([name, value]) => `${TEXT[name]}: ${value}`);
  return `${fill(TEXT.figuresOf, { way: WAYS[media.way] })}: ${parts.join("; ")}`;
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
    headline(results, found),
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
  const measured = results.media.filter((each) => each.state === "ok");
  if (measured.length) lines.push("", ...measured.map(figureLine));
  if (results.certificate) lines.push("", `${TEXT.fingerprint}: ${results.certificate.sha256}`);
  lines.push("", navigator.userAgent);
  if (run.wasHidden) lines.push(TEXT.hidden);
  return `${lines.join("\n")}\n`;
}

function shownMs(ms) {
  if (ms >= 10000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

// Mail programs take some 2000 characters of an address.
function mailLink(run, text) {
  const subject = fill(TEXT.mail, { gateway: run.results.gateway, headline: headline(run.results, run.found) });
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(text.slice(0, 1500))}`;
}
