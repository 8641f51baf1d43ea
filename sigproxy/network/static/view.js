"use strict";
// What is seen: the list of steps, the verdict, the figures, the lines for apps, and the report.

const $ = (id) => document.getElementById(id);

function element(name, content = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(content)) {
    if (key === "text") made.textContent = value;
    else if (key === "data") Object.assign(made.dataset, value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter(Boolean));
  return made;
}

// The steps as they stand, each with its row; `done` is how much of the expected time is over.
class Steps {
  constructor() {
    this.list = [];
    $("steps").replaceChildren();
  }

  // Say what will be tried; *expected*: seconds, for the progress bar.
  add(group, name, expected) {
    const step = { group, name, expected, state: "wait", ms: null, detail: "" };
    step.row = element("li", { data: { state: "wait" } },
      element("span", { class: "mark", "aria-hidden": "true" }),
      element("span", { class: "name", text: name }),
      element("span", { class: "unseen", text: `: ${STATES.wait}` }),
      element("span", { class: "detail" }),
      element("span", { class: "ms" }));
    this.listOf(group).append(step.row);
    this.list.push(step);
    this.progress();
    return step;
  }

  listOf(group) {
    const known = $(`group-${group}`);
    if (known) return known;
    const list = element("ul", { id: `group-${group}`, class: "steps" });
    $("steps").append(element("section", {}, element("h3", { text: GROUPS[group] }), list));
    return list;
  }

  begin(step) {
    this.show(step, "run");
    $("status").textContent = fill(TEXT.running, { step: step.name });
  }

  end(step, state, ms = null, detail = "") {
    Object.assign(step, { ms, detail: detail || "" });
    this.show(step, state);
    step.row.querySelector(".detail").textContent = step.detail;
    step.row.querySelector(".ms").textContent = ms === null ? "" : shownMs(ms);
  }

  show(step, state) {
    step.state = state;
    step.row.dataset.state = state;
    step.row.querySelector(".unseen").textContent = `: ${STATES[state]}`;
    this.progress();
  }

  progress() {
    const share = { wait: 0, run: 0.4 };
    const all = this.list.reduce((sum, each) => sum + each.expected, 0);
    const done = this.list.reduce((sum, each) => sum + each.expected * (share[each.state] ?? 1), 0);
    const bar = $("progress");
    bar.max = 100;
    // It never goes back when more is found that has to be tried.
    bar.value = Math.max(bar.value || 0, all ? (100 * done) / all : 0);
  }

  // What was not come to.
  skipRest() {
    for (const each of this.list) if (each.state === "wait" || each.state === "run") this.end(each, "skip");
  }
}

function showVerdict(run) {
  const { results, found } = run;
  const mode = modeText(results, found);
  $("verdict").dataset.state = found.state;
  $("headline").textContent = headline(results, found);
  $("mode").textContent = mode;
  $("mode").hidden = !mode;
  $("findings").replaceChildren(...found.findings.map(finding => {
    const { title, text, rule, remedy, who } = said(finding);
    return element("li", { data: { token: finding.token, level: finding.level } },
      element("h3", {}, title, element("code", { class: "token", text: finding.token })),
      element("p", { text }),
      (rule || remedy) && element("div", { class: "rule" },
        element("p", { class: "who", text: who ? WHO[who] : TEXT.remedy }),
        element("p", { text: rule || remedy })));
  }));
  $("verdict").hidden = false;
  $("status").textContent = fill(TEXT.done, { headline: headline(results, found) });
  $("headline").focus();
}

function showFigures(media) {
  const drawn = chart(media);
  $("figures").hidden = !drawn;
  if (!drawn) return;
  $("chart").replaceChildren(drawn);
  $("figures-body").replaceChildren(...media.filter((each) => each.state === "ok").map((each) => {
    const cells = Object.values(shownFigures(each));
    return element("tr", {}, element("th", { scope: "row", class: `key ${each.way}`, text: WAYS[each.way] }),
      ...cells.map((text) => element("td", { text })));
  }));
}

function showCertificate(certificate) {
  $("certificate").hidden = false;
  $("fingerprint").textContent = certificate ? certificate.sha256 : "";
  $("fingerprint").hidden = !certificate;
  $("certificate-text").textContent = certificate ? TEXT.certificate : TEXT.noCertificate;
}

function showLines(results, mode) {
  const ice = (sdk) => `${location.origin}${results.base}/-/ice?sdk=${sdk}${mode ? `&mode=${mode}` : ""}`;
  const names = [...results.sdks, ...(results.ice ? ["webrtc"] : [])];
  $("lines").hidden = !names.length;
  $("lines-body").replaceChildren(...names.flatMap((name) => {
    const [title, lines] = SDK_LINES[name] || [name, OTHER_SDK];
    const bare = `${location.host}${results.mounts[name] || ""}`;
    const kept = results.ice ? lines : lines.split("\n").filter((line) => !line.includes("{ice}")).join("\n");
    const text = fill(kept, { bare, proxy: `https://${bare}`, ice: ice(name) });
    const lacks = NATIVE.includes(name) && mode === "tls" && element("p", { text: TEXT.udpAlone });
    return [element("h3", { text: title }), ...[lacks].filter(Boolean), element("pre", { text })];
  }));
}

function showReport(run) {
  const text = reportText(run);
  $("report").hidden = false;
  $("report-text").value = text;
  $("mail").href = mailLink(run, text);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    $("copied").textContent = TEXT.copied;
  } catch {
    $("report-text").value = text;
    $("report-text").focus();
    $("report-text").select();
    $("copied").textContent = TEXT.notCopied;
  }
}
