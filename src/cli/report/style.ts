/** The report's style sheet: system fonts, two colours, light and dark by the reader's setting. */
export const styleSheet = `
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #1d2329; --quiet: #5d6873; --rule: #dfe3e6;
  --base: #8b98a5; --residual: #0f766e; --shade: #eef1f3; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --ink: #e4e8eb; --quiet: #98a4ae; --rule: #2c343b;
  --base: #75828e; --residual: #2dbba9; --shade: #1c2228; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 800px; margin: 0 auto; padding: 48px 40px 72px; }
h1 { font-size: 28px; line-height: 1.2; font-weight: 600; margin: 0 0 8px; letter-spacing: -0.01em; }
h1 .residual { color: var(--residual); }
h2 { font-size: 18px; font-weight: 600; margin: 44px 0 10px; padding-top: 14px; border-top: 1px solid var(--rule); }
p { margin: 0 0 12px; max-width: 68ch; }
.quiet, figcaption { color: var(--quiet); font-size: 14px; }
figure { margin: 0 0 12px; }
figcaption { margin-top: 6px; max-width: 76ch; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; }
svg .tick { fill: var(--quiet); font-size: 12px; }
svg .name { font-weight: 600; }
.grid { stroke: var(--rule); stroke-width: 1; }
.bar-base { fill: var(--base); }
.bar-residual, .residual-fill { fill: var(--residual); }
.whisker { stroke: var(--ink); stroke-width: 1.5; }
.line { fill: none; stroke: var(--ink); stroke-width: 2; stroke-linejoin: round; }
.line.residual { stroke: var(--residual); stroke-width: 2.5; }
.line.thin { stroke-width: 1.5; }
.dashed { stroke: var(--base); stroke-width: 2; stroke-dasharray: 6 5; }
.shade { fill: var(--shade); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
.strip { display: grid; grid-template-columns: repeat(4, 1fr); gap: 6px; margin: 0 0 6px; }
.strip div { position: relative; line-height: 0; }
.strip img { width: 100%; height: auto; border-radius: 3px; }
.strip span { position: absolute; left: 5px; bottom: 5px; padding: 0 5px; border-radius: 3px; line-height: 18px;
  font-size: 11px; color: #fff; background: rgb(0 0 0 / 60%); font-variant-numeric: tabular-nums; }
.strip-title { font-weight: 600; margin: 14px 0 6px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.mono, code, pre { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
pre { background: var(--shade); padding: 14px 16px; border-radius: 4px; white-space: pre-wrap; margin: 0 0 12px; }
.columns { columns: 2; column-gap: 32px; }
.columns table { break-inside: auto; }
@media (max-width: 640px) { main { padding: 28px 18px; } .pair, .columns { display: block; columns: 1; } }
@media print { main { padding: 0; } }
`;
