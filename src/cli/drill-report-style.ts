/** How the drill report looks on paper: A4 upright, black on white, nothing told by colour alone. */
export const reportStyle = `
@page { size: A4; margin: 11mm 13mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 184mm; color: #111; background: #fff;
  font: 9pt/1.3 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; }
@media screen { body { padding: 12mm 0; } }
.en, small { color: #444; font-weight: normal; }
.en { display: block; font-size: 7pt; line-height: 1.2; }
h1 { margin: 0 0 2mm; font-size: 17pt; letter-spacing: .06em; text-align: center; }
h1 small { display: block; font-size: 9pt; letter-spacing: 0; }
h2 { margin: 3.5mm 0 1mm; font-size: 11pt; }
h2 small { margin-left: .6em; font-size: 8pt; }
header { border-bottom: 1.5pt solid #111; padding-bottom: 2mm; }
dl { display: grid; grid-template-columns: 1fr 1fr; gap: .8mm 6mm; margin: 0; }
dl div { display: flex; gap: 3mm; align-items: baseline; }
dt { flex: 0 0 15mm; color: #444; }
dd { margin: 0; }
.summary { display: grid; grid-template-columns: repeat(5, 1fr); gap: 2mm; margin: 2.5mm 0 0; padding: 0; list-style: none; text-align: center; }
.summary li { border: .6pt solid #888; border-radius: 1mm; padding: .4mm; }
.summary b { display: block; font-size: 13pt; line-height: 1.15; }
.summary .failed:not(.none), .summary .missed:not(.none) { border: 1.6pt solid #111; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
thead { display: table-header-group; }
tbody, tr { break-inside: avoid; }
th, td { border: .5pt solid #777; padding: .6mm 1.3mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; font-weight: 600; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
td i { display: block; white-space: normal; font-style: normal; font-size: 8pt; }
td strong { font-weight: 600; }
.time { white-space: nowrap; }
.basis { white-space: nowrap; }
.basis .en { display: inline; margin-left: .4em; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.failed { font-weight: 700; background: #e4e4e4; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.journal { font-size: 7.5pt; }
.journal code { font-size: 7.5pt; }
.journal .en { display: inline-block; margin-left: .4em; font-size: 6.5pt; }
.journal br + span { white-space: nowrap; }
code { font: 8pt "DejaVu Sans Mono", "Noto Sans Mono", monospace; word-break: break-all; }
.chain { border: .8pt solid #777; border-radius: 1mm; padding: 1mm 3mm; break-inside: avoid; }
.chain.broken { border: 2pt solid #111; }
.chain p { margin: .8mm 0; }
.chain p + p .en { display: inline; margin: 0 .6em; }
.cards { margin-top: 2mm; }
.cards ul, ul.missed { margin: 1mm 0 0; padding: 0; list-style: none; }
ul.missed li { margin-bottom: 1mm; font-weight: 600; }
ul.missed .en, .cards .en { display: inline-block; margin-left: .4em; }
footer { margin-top: 3mm; break-inside: avoid; display: grid; gap: 1.5mm; }
footer div { display: grid; grid-template-columns: 38mm 1fr 12mm 34mm; gap: 2mm; align-items: end; }
.line { border-bottom: .8pt solid #111; height: 7mm; }
`;
