/** Devices on one Modbus unit: which may share a board, and that no relay or input of it is two devices'. */
import { type Parts, type ParsedDevice, type Section, sectionOf, tell } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';

/** Tells of each device at most one mistake: the first device of its unit that it does not go with. */
export function checkUnits(parts: Parts, problems: Problems): void {
  const units = new Map<string, ParsedDevice[]>();
  const coils = new Map<string, string>();
  for (const device of parts.devices.values()) {
    const section = sectionOf(parts, { kind: 'device', id: device.id });
    const { line, traits } = device;
    if (section === null || line === null) continue;
    const unit = `${line}/${traits.unit}`;
    const before = traits.unit === null ? [] : (units.get(unit) ?? []);
    units.set(unit, [...before, device]);
    before.some((other) => tellClash(section, device, other, problems));
    checkCoils(parts, section, device, coils, problems);
  }
}

function tellClash(section: Section, device: ParsedDevice, other: ParsedDevice, problems: Problems): boolean {
  const also: SectionRef[] = [{ kind: 'device', id: other.id }];
  const { unit, board } = device.traits;
  const theirs = other.traits.board;
  const params = { unit: unit ?? 0, line: device.line ?? '', other: other.id };
  if (board === undefined || theirs === undefined || device.driver.name !== other.driver.name) {
    tell(problems, section, 'E-UNIT-SHARED', params, ['unit'], 'value', also);
    return true;
  }
  if (board.model !== theirs.model) {
    const titles = { title: board.title, otherTitle: theirs.title };
    tell(problems, section, 'E-BOARD-DIFFERS', { ...params, ...titles }, ['profile'], 'value', also);
    return true;
  }
  const taken = new Set(theirs.channels.map(({ name }) => name.en));
  const both = board.channels.filter(({ name }) => taken.has(name.en));
  const [first] = both;
  if (first === undefined) return false;
  const channelsZh = both.map(({ name }) => name.zh).join('、');
  const channelsEn = both.map(({ name }) => name.en).join(', ');
  tell(problems, section, 'E-CHANNEL-SHARED', { ...params, channelsZh, channelsEn }, first.path, 'value', also);
  return true;
}

/** Outputs that devices of different units claim alike; what one unit's devices share was told above. */
function checkCoils(
  parts: Parts,
  section: Section,
  { id, line, traits: { unit, outputs } }: ParsedDevice,
  coils: Map<string, string>,
  problems: Problems,
): void {
  for (const coil of outputs) {
    const other = coils.get(`${line}/${coil}`);
    if (other === undefined) coils.set(`${line}/${coil}`, id);
    else if (other !== id && (unit === null || parts.devices.get(other)?.traits.unit !== unit)) {
      tell(problems, section, 'E-COIL-SHARED', { coil, other }, [], 'key', [{ kind: 'device', id: other }]);
    }
  }
}
