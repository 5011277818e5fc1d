"""The style sheet and the script of the page, in ASCII; the policy of the page allows no others."""

STYLE = """
:root { color-scheme: light dark; --back: #f6f8fa; --card: #fff; --text: #1f2328; --dim: #59636e;
  --line: #d1d9e0; --code: #f0f3f6; --fail: #c1121f; --warn: #8a5a00; --unknown: #6b46c1; --ok: #1a7f37;
  --skip: #8b949e; --frame: #eaf1fb; --link: #0757b8; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --card: #161b22; --text: #e6edf3;
  --dim: #9198a1; --line: #30363d; --code: #0b0f15; --fail: #ff7b72; --warn: #e3b341; --unknown: #b794f6;
  --ok: #56d364; --skip: #768390; --frame: #111d2e; --link: #79b8ff; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--text); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 48px; }
h1 { font-size: 1.35rem; margin: 0; } .two { margin-top: 18px; } h2 { font-size: 1.1rem; margin: 36px 0 10px; }
h3 { font-size: 1rem; margin: 0 0 6px; } h4 { font-size: .85rem; margin: 16px 0 4px; color: var(--dim); }
p { margin: 6px 0; } ul { margin: 4px 0; padding-left: 20px; } a { color: var(--link); }
.dim { color: var(--dim); font-size: .88rem; } .causes { margin: 10px 0; padding-left: 22px; font-weight: 600; }
.causes li { margin: 4px 0; } .where { margin: 0; }
.problem { font-weight: 600; margin: 10px 0; white-space: pre-line; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px;
  margin: 0 0 14px; min-width: 0; }
.card.fail { border-left: 5px solid var(--fail); } .card.warn { border-left: 5px solid var(--warn); }
.card.unknown { border-left: 5px solid var(--unknown); } .card.ok { border-left: 5px solid var(--ok); }
.card.note { border-left: 5px solid var(--line); }
.badge { display: inline-block; border: 1px solid; border-radius: 5px; padding: 0 7px; font-weight: 700;
  font-size: .8rem; line-height: 1.5; overflow-wrap: normal; white-space: nowrap; }
.badge.fail, td .fail { color: var(--fail); } .badge.warn, td .warn { color: var(--warn); }
.badge.unknown, td .unknown { color: var(--unknown); } .badge.ok, td .ok { color: var(--ok); }
.badge.skip, .badge.note, td .skip { color: var(--dim); }
.two { display: grid; gap: 14px; margin-bottom: 14px; align-items: start;
  grid-template-columns: minmax(0, 11fr) minmax(0, 10fr); }
@media (max-width: 760px) { .two { grid-template-columns: minmax(0, 1fr); } }
.two .card { margin: 0; }
.scroll { overflow-x: auto; -webkit-overflow-scrolling: touch; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px 6px 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; } tbody th { font-weight: 500; color: var(--dim); }
.mesh td { min-width: 9.5em; } .mesh th { min-width: 6em; }
.pairs td { font-weight: 600; } .pairs span, .pairs a { white-space: nowrap; }
.pairs th { color: var(--text); font-weight: 500; min-width: 3em; }
.pairs th:first-child { min-width: 9em; } .pairs a { font-weight: 400; font-size: .8rem; }
.checks td:last-child, .commands td:last-child { color: var(--dim); }
.commands td:nth-child(2), .checks td:nth-child(3) { width: 62%; min-width: 14em; }
figure { margin: 8px 0; }
.path { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin: 12px 0; font-size: .85rem; }
.path ol { display: flex; flex-wrap: wrap; gap: 6px; list-style: none; margin: 0; padding: 0; }
.path li { border: 2px solid var(--ok); border-radius: 14px; padding: 1px 9px; }
.path li::before { content: "\\2192\\00a0"; color: var(--dim); } .path .end { color: var(--dim); }
.path li.fail { border-color: var(--fail); color: var(--fail); } .path li.warn { border-color: var(--warn); }
.path li.unknown { border-color: var(--unknown); border-style: dashed; } .path li.skip { border-color: var(--skip); }
pre { margin: 0; padding: 9px 12px; background: var(--code); border: 1px solid var(--line); overflow-x: auto;
  border-radius: 7px; font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  overflow-wrap: normal; white-space: pre; }
pre.excerpt { border-top: 0; border-radius: 0 0 7px 7px; max-height: 32em; overflow-y: auto;
  color: var(--dim); }
.shown > figure { margin-bottom: 0; } .shown pre, .shown button { border-radius: 0 !important; }
td code, li code { font: .92em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
figure.paste { display: flex; }
figure.paste > pre { flex: 1; min-width: 0; }
button { flex: 0 0 62px; margin-left: -1px; font: 600 12px/1 system-ui, sans-serif; color: var(--text);
  background: var(--card); border: 1px solid var(--line); border-radius: 0 7px 7px 0; cursor: pointer; }
button:hover, button:focus-visible { background: var(--frame); }
figure.paste:has(> button:not([hidden])) > pre { border-radius: 7px 0 0 7px; }
.steps { margin: 4px 0; padding-left: 20px; } .steps > li { margin: 8px 0; }
details > summary { cursor: pointer; font-weight: 600; padding: 4px 0; }
svg { display: block; width: 100%; max-width: 620px; height: auto; margin: 0 auto; }
svg text:not(.network) { text-anchor: middle; }
svg text { fill: var(--text); font-size: 11px;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
svg .name { font-weight: 700; font-size: 12px; } svg .role, svg .network { fill: var(--dim); }
svg .frame { fill: var(--frame); stroke: var(--line); }
svg .cluster { fill: var(--card); stroke: var(--dim); stroke-width: 1.2; }
svg .away { stroke-dasharray: 5 4; }
svg .gateway { fill: var(--code); stroke: var(--line); } svg .none { stroke: var(--warn); }
svg .address { font-size: 10px; }
svg .arrow { fill: none; stroke-width: 2; stroke: var(--ok); } svg .head { fill: var(--ok); }
svg .arrow.fail { stroke: var(--fail); stroke-width: 2.6; stroke-dasharray: 7 4; }
svg .arrow.warn { stroke: var(--warn); }
svg .arrow.unknown { stroke: var(--unknown); stroke-dasharray: 2 4; } svg .arrow.skip { stroke: var(--skip);
  stroke-dasharray: 7 4; }
svg .head.fail { fill: var(--fail); } svg .head.warn { fill: var(--warn); }
svg .head.unknown { fill: var(--unknown); } svg .head.skip { fill: var(--skip); }
svg .word { font-weight: 700; fill: var(--ok); paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
svg .word.fail { fill: var(--fail); } svg .word.warn { fill: var(--warn); }
svg .word.unknown { fill: var(--unknown); } svg .word.skip { fill: var(--skip); }
@media (max-width: 560px) { .picture { overflow-x: auto; } .picture svg { min-width: 430px; }
  figure.paste { flex-direction: column; } figure.paste > pre { border-radius: 7px 7px 0 0; }
  button { flex: 0 0 auto; padding: 9px; margin: -1px 0 0; border-radius: 0 0 7px 7px; } }
@media print { button { display: none; } main { padding: 0; max-width: none; } pre { white-space: pre-wrap;
  overflow: visible; max-height: none; } .two, .picture, tr, li, figure, pre { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; } .scroll, .picture { overflow: visible; }
  a[href^="http"]::after { content: " " attr(href); font-weight: 400; font-size: .85em; } }
"""

SCRIPT = """
"use strict";
function select(code) {
  const range = document.createRange();
  range.selectNodeContents(code);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    select(code);
    document.execCommand("copy");
  }
}
for (const button of document.querySelectorAll("button")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(button.parentElement.querySelector("code"));
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}
"""
