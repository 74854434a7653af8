/** How the drill report looks on paper: A4 upright, black on white, nothing told by colour alone. */
export const reportStyle = `
@page { size: A4; margin: 14mm 13mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 184mm; color: #111; background: #fff;
  font: 9.5pt/1.35 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; }
@media screen { body { padding: 12mm 0; } }
.en, small { color: #444; font-weight: normal; }
.en { display: block; font-size: 7pt; line-height: 1.2; }
h1 { margin: 0 0 3mm; font-size: 18pt; letter-spacing: .06em; text-align: center; }
h1 small { display: block; font-size: 9pt; letter-spacing: 0; }
h2 { margin: 5mm 0 1.5mm; font-size: 11pt; }
h2 small { margin-left: .6em; font-size: 8pt; }
header { border-bottom: 1.5pt solid #111; padding-bottom: 2.5mm; }
dl { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5mm 6mm; margin: 0; }
dl div { display: flex; gap: 3mm; align-items: baseline; }
dt { flex: 0 0 15mm; color: #444; }
dd { margin: 0; }
.summary { display: grid; grid-template-columns: repeat(5, 1fr); gap: 2mm; margin: 3.5mm 0 0; padding: 0; list-style: none; text-align: center; }
.summary li { border: .6pt solid #888; border-radius: 1mm; padding: 1mm; }
.summary b { display: block; font-size: 14pt; line-height: 1.2; }
.summary .failed:not(.none), .summary .missed:not(.none) { border: 1.6pt solid #111; }
table { width: 100%; border-collapse: collapse; }
thead { display: table-header-group; }
tbody, tr { break-inside: avoid; }
th, td { border: .5pt solid #777; padding: 1mm 1.5mm; text-align: left; vertical-align: top; }
th { background: #eee; font-weight: 600; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
td i { display: block; font-style: normal; font-size: 8pt; }
td strong { font-weight: 600; }
td strong > span[lang="zh"] { white-space: nowrap; }
.time { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.failed { font-weight: 700; text-decoration-line: none; background: #e4e4e4; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.journal { font-size: 8pt; white-space: nowrap; }
code { font: 8pt "DejaVu Sans Mono", "Noto Sans Mono", monospace; word-break: break-all; }
.chain { border: .8pt solid #777; border-radius: 1mm; padding: 1mm 3mm; break-inside: avoid; }
.chain.broken { border: 2pt solid #111; }
.chain p { margin: 1.2mm 0; }
.cards { margin-top: 2mm; }
.cards ul, .missed { margin: 1mm 0 0; padding-left: 4mm; list-style: none; }
.missed { padding: 0; }
.missed li { display: flex; gap: .4em; margin-bottom: 1mm; font-weight: 600; }
.missed li span { display: inline; }
footer { margin-top: 9mm; break-inside: avoid; display: grid; gap: 7mm; }
footer div { display: grid; grid-template-columns: 38mm 1fr 12mm 34mm; gap: 2mm; align-items: end; }
.line { border-bottom: .8pt solid #111; height: 6mm; }
`;
