import { palette } from './figures/palette.ts';

/** Colours of the figures for a dark page: the same hues, lighter. */
const darkFigures = palette
  .map(({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`)
  .join('');

/** The whole style sheet of a report: reads on paper, on light and on dark screens, and on narrow ones. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1c1f23; --soft: #5c6570; --line: #d9dde2; --page: #ffffff; --panel: #f6f7f9;
  --good: #00704f; --bad: #b3261e; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --soft: #9aa4af; --line: #343a41; --page: #15181b; --panel: #1d2125; --good: #4fd1a5; --bad: #ff8a80; --warn: #f0c060; }
  ${darkFigures}
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 920px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; text-wrap: balance; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: .95rem; margin: 0; }
p { margin: .4rem 0; }
.soft, figcaption, small { color: var(--soft); }
.status { font-weight: 600; } .complete { color: var(--good); } .failed { color: var(--bad); } .interrupted, .pending, .running { color: var(--warn); }
.proof { margin-top: 1rem; display: flex; gap: 2rem; flex-wrap: wrap; padding: .7rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--good); border-radius: 4px; background: var(--panel); }
.proof.bad { border-left-color: var(--bad); }
.message { padding: .7rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 4px; background: var(--panel); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); font-size: .85rem; }
td.number, th.number { text-align: right; white-space: nowrap; }
tr.main td { font-weight: 600; }
tr.under td { color: var(--soft); }
td:last-child, th:last-child { padding-right: 0; }
figure { margin: 1.25rem 0; break-inside: avoid; min-width: 0; }
figure svg { display: block; max-width: 100%; height: auto; color: var(--ink); margin-top: .25rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 1.5rem; }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1rem; font-size: .85rem; }
.legend svg { display: inline-block; width: .8em; height: .8em; margin: 0 .35em 0 0; vertical-align: -.05em; }
.legend svg.line { width: 30px; height: 10px; vertical-align: middle; }
.claims { list-style: none; padding: 0; margin: 0; }
.claims li { display: grid; grid-template-columns: 6.5rem 1fr; gap: .1rem .75rem; padding: .55rem 0; border-bottom: 1px solid var(--line); break-inside: avoid; }
.claims .numbers { grid-column: 2; color: var(--soft); font-variant-numeric: tabular-nums; }
.verdict { font-weight: 700; white-space: nowrap; } .verdict.holds { color: var(--good); } .verdict.fails { color: var(--bad); } .verdict.unsure { color: var(--warn); }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); gap: .5rem 1.5rem; }
.beside.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
section > h3 { margin-top: 1.2rem; } .beside figure { margin: .6rem 0; }
.beside h3 { color: var(--soft); }
pre.plain { margin: .25rem 0 .9rem; padding: .7rem .9rem; white-space: pre-wrap; } pre.plain span::before { content: none; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); gap: .75rem; margin-top: .5rem; }
.samples img { width: 100%; image-rendering: auto; border-radius: 3px; display: block; background: var(--panel); }
.samples img + img { margin-top: 3px; }
.samples div { font-size: .8rem; line-height: 1.3; overflow-wrap: anywhere; break-inside: avoid; }
.samples h4 { grid-column: 1 / -1; margin: .4rem 0 0; font-size: .85rem; }
.samples .wrong { color: var(--bad); font-weight: 600; }
details { margin: .4rem 0; } summary { cursor: pointer; font-weight: 600; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .85em; }
pre { margin: 0; padding: .8rem 0; border: 1px solid var(--line); border-radius: 4px; background: var(--panel); overflow-x: auto; line-height: 1.45; counter-reset: line; }
pre span { display: block; padding-right: 1rem; min-height: 1.45em; }
pre span::before { counter-increment: line; content: counter(line); display: inline-block; width: 3.2em; padding-right: 1em; text-align: right; color: var(--soft); user-select: none; }
pre .comment { color: var(--soft); }
ul { padding-left: 1.2rem; }
.digest { overflow-wrap: anywhere; }
@media print { :root { --page: #fff; } body { font-size: 10.5pt; } main { max-width: none; padding: 0; } h2 { break-after: avoid; } pre { white-space: pre-wrap; } .scroll { overflow: visible; } }
`;
