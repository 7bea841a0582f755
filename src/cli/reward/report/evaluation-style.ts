/** What the report of an evaluation needs beside the common style sheet. */
export const evaluationStyle = `
:root { --done: #b45309; --fail: #b42318; }
@media (prefers-color-scheme: dark) { :root { --done: #e0a04a; --fail: #ff8a7a; } }
h3 { font-size: 15px; font-weight: 600; margin: 24px 0 8px; }
td.narrow, td.name { white-space: nowrap; }
td.name { font: 12.5px ui-monospace, monospace; line-height: 21px; }
td.pass { color: var(--residual); }
td.fail, .broken, .warning { color: var(--fail); font-weight: 600; }
td.skipped { color: var(--quiet); }
.line.progress { stroke: var(--residual); }
.line.done { stroke: var(--done); stroke-width: 1.5; }
.line.truth { stroke: var(--base); stroke-width: 1.5; }
.threshold { stroke: var(--done); stroke-width: 1; stroke-dasharray: 2 4; }
.progress-fill { fill: var(--residual); }
.done-fill { fill: var(--done); }
.legend { font-size: 13px; }
.legend span { margin-right: 20px; padding-left: 26px; position: relative; }
.legend span::before { content: ''; position: absolute; left: 0; top: 50%; width: 20px; border-top: 2.5px solid; }
.legend .progress::before { border-color: var(--residual); }
.legend .done::before { border-color: var(--done); }
.legend .truth::before { border-color: var(--base); }
.legend .threshold::before { border-top: 1.5px dotted var(--done); }
`;
