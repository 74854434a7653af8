/** Checks of what a device is written with and cannot have been meant: its driver's own doubts, and a line of another speed. */
import { type Parts, type ParsedDevice, sectionOf, tell } from './parts.ts';
import type { Problems } from './problem.ts';

export function checkDoubts(parts: Parts, problems: Problems): void {
  const told = new Set<string>();
  for (const device of parts.devices.values()) {
    const section = sectionOf(parts, { kind: 'device', id: device.id });
    if (section === null) continue;
    for (const { path, aim, text, advice } of device.traits.doubts ?? []) {
      // A profile that several devices name has its mistake once.
      const { file, line, col } = section.place(path, aim);
      const key = `${file}:${line}:${col} ${text.en}`;
      if (told.has(key)) continue;
      told.add(key);
      const params = { why: text.zh, whyEn: text.en, adviceZh: advice.zh, adviceEn: advice.en };
      tell(problems, section, 'W-VALUE', params, path, aim);
    }
    checkBaud(parts, device, problems);
  }
}

/** A serial server's own speed is not written here; only a port of this PC has one. */
function checkBaud(parts: Parts, device: ParsedDevice, problems: Problems): void {
  const { baud: wanted } = device.traits;
  const line = device.line === null ? undefined : parts.lines.get(device.line);
  const section = sectionOf(parts, { kind: 'device', id: device.id });
  if (section === null || wanted === undefined || line?.type !== 'serial' || line.baud === wanted) return;
  tell(problems, section, 'W-LINE-BAUD', { line: device.line ?? '', baud: line.baud, wanted }, ['line'], 'value');
}
