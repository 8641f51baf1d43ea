"use strict";
// The page: what its buttons do, and what is shown of a run.

const IDLE_S = 20;
const LONG_IDLE_S = 120;
const MOST_IDLE_S = 150;
const OPTIONS = new URLSearchParams(location.hash.slice(1)); // #start&idle=60

let last = null; // the run that has ended last: what the report is of

async function start(idleSeconds) {
  document.body.dataset.state = "running";
  for (const id of ["verdict", "figures", "certificate", "lines", "report"]) $(id).hidden = true;
  for (const id of ["start", "long"]) $(id).disabled = true;
  $("run").hidden = $("progress").hidden = false;
  $("progress").value = 0;
  try {
    last = await runAll(idleSeconds);
    show(last);
  } finally {
    $("progress").hidden = true;
    for (const id of ["start", "long"]) $(id).disabled = false;
    $("start").textContent = TEXT.again;
    document.body.dataset.state = "done";
  }
}

function show(run) {
  const { results, found } = run;
  try {
    if (hasPlan(results)) {
      showCertificate(results.certificate);
      showLines(results, found.mode && found.mode.name);
      showFigures(results.media);
    }
  } catch (error) {
    noteBroken(results, TEXT.showing, "page", error);
    run.found = judged(results);
  }
  showReport(run);
  showVerdict(run);
}

function idleOf(usual) {
  const asked = Number(OPTIONS.get("idle"));
  return asked >= 1 ? Math.min(asked, MOST_IDLE_S) : usual;
}

for (const each of document.querySelectorAll("[data-text]")) each.textContent = fill(TEXT[each.dataset.text], { gateway: location.host });
for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", TEXT[each.dataset.label]);
document.title = `${TEXT.title}: ${location.host}`;
$("start").addEventListener("click", () => start(idleOf(IDLE_S)));
$("long").addEventListener("click", () => start(LONG_IDLE_S));
$("copy-text").addEventListener("click", () => copy(reportText(last)));
$("copy-json").addEventListener("click", () => copy(JSON.stringify(reportData(last), null, 2)));
if (OPTIONS.has("start")) start(idleOf(IDLE_S));
