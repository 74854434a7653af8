/** Checks of lines and devices across sections: references, ports, units, coils, and what the wire carries. */
import type { LineKind } from '../contract/driver.ts';
import { type LineBudget, lineBudget, type Poll, type Wire } from './budget.ts';
import { checkBind, checkCameraAddresses, checkPort } from './check-addresses.ts';
import { checkDoubts } from './check-doubts.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkUnits } from './check-units.ts';
import { closingRoom } from './closings.ts';
import { idsOf, type Parts, type ParsedDevice, type Section, sectionOf, tell } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';
import type { LineSection } from './schema.ts';
import type { ProbeSecret } from './secrets.ts';
import { suggestion } from './suggest.ts';

/** Worst time to read a button or fire contact with one unit of its line dead (gate.md "The guard's button"). */
const slowestScanMs = 200;

export function checkLines(parts: Parts, problems: Problems): void {
  const endpoints = new Map<string, string>();
  const used = new Set(
    [...parts.sections.values()].map(({ ref, raw }) =>
      ref.kind === 'device' ? (raw as { line?: unknown } | null)?.line : null,
    ),
  );
  for (const [id, line] of parts.lines) {
    const section = sectionOf(parts, { kind: 'line', id });
    if (section === null) continue;
    if ('baud' in line && line.type !== 'modbus-rtu-tcp') {
      checkPort(section, line.port, problems);
    }
    const endpoint = 'host' in line ? `${line.host.toLowerCase()}:${line.port}` : line.port;
    const other = endpoints.get(endpoint);
    if (other !== undefined) {
      const also: SectionRef[] = [{ kind: 'line', id: other }];
      const advice = sharingAdvice(line, parts.lines.get(other) ?? line);
      tell(problems, section, 'E-ENDPOINT-SHARED', { endpoint, other, ...advice }, ['port'], 'value', also);
    } else endpoints.set(endpoint, id);
    if (!used.has(id)) tell(problems, section, 'W-LINE-UNUSED', { line: id }, [], 'key');
  }
}

/** Boards share a line; readers, whose bytes do not say whose they are, never do. */
function sharingAdvice(...lines: readonly LineSection[]): { readonly adviceZh: string; readonly adviceEn: string } {
  const isBytes = ({ type }: LineSection) => suits.bytes.includes(type);
  if (!lines.some(isBytes)) return { adviceZh: '把设备放在同一条总线上', adviceEn: 'put the devices on one line' };
  return lines.every(isBytes)
    ? { adviceZh: '每台读卡器接自己的端口', adviceEn: 'each reader has a port of its own' }
    : {
        adviceZh: '读卡器不能与 Modbus 设备共用，接到自己的端口',
        adviceEn: 'a reader shares none with Modbus units, give it a port of its own',
      };
}

const suits: Readonly<Record<LineKind, readonly LineSection['type'][]>> = {
  modbus: ['modbus-rtu', 'modbus-rtu-tcp', 'modbus-tcp'],
  bytes: ['serial', 'tcp'],
  http: [],
  none: [],
};

export function checkDevices(parts: Parts, problems: Problems, probe: ProbeSecret): void {
  const readers = new Map<string, string>();
  for (const device of parts.devices.values()) {
    checkAlone(parts, device, readers, problems);
    checkDeviceLine(parts, device, problems);
    checkSecrets(parts, device, problems, probe);
  }
  checkUnits(parts, problems);
  checkDoubts(parts, problems);
  checkCameraAddresses(parts, problems);
  checkBind(parts, problems);
}

function checkDeviceLine(parts: Parts, device: ParsedDevice, problems: Problems): void {
  const section = sectionOf(parts, { kind: 'device', id: device.id });
  if (section === null || device.line === null) return;
  const line = parts.lines.get(device.line);
  if (line === undefined) {
    if (sectionOf(parts, { kind: 'line', id: device.line }) !== null) return; // The line's own error stands there.
    const { line: name } = device;
    const params = () => ({ line: name, ...suggestion(name, idsOf(parts, 'line')) });
    tell(problems, section, 'E-LINE-UNKNOWN', params, ['line'], 'value');
  } else if (!suits[device.driver.line].includes(line.type)) {
    const also: SectionRef[] = [{ kind: 'line', id: device.line }];
    const kinds = suits[device.driver.line].join(' | ');
    const params = { driver: device.driver.name, type: line.type, kinds };
    tell(problems, section, 'E-LINE-KIND', params, ['line'], 'value', also);
  }
}

/** Plain bytes do not say whose they are. */
function checkAlone(parts: Parts, device: ParsedDevice, readers: Map<string, string>, problems: Problems): void {
  const { line, driver } = device;
  const section = sectionOf(parts, { kind: 'device', id: device.id });
  if (section === null || line === null || driver.line !== 'bytes') return;
  const other = readers.get(line);
  if (other === undefined) readers.set(line, device.id);
  else tell(problems, section, 'E-LINE-TAKEN', { line, other }, ['line'], 'value', [{ kind: 'device', id: other }]);
}

function wireOf(line: LineSection): Wire {
  if (line.type === 'modbus-tcp' || line.type === 'tcp') return { kind: 'tcp' };
  if (line.type === 'modbus-rtu-tcp') return { kind: 'serial', baud: line.baud, charBits: 10 };
  const charBits = 1 + line.dataBits + (line.parity === 'none' ? 0 : 1) + line.stopBits;
  return { kind: 'serial', baud: line.baud, charBits };
}

function devicesByLine(parts: Parts): ReadonlyMap<string, readonly ParsedDevice[]> {
  const groups = new Map<string, ParsedDevice[]>();
  for (const device of parts.devices.values()) {
    const group = groups.get(device.line ?? '');
    if (group === undefined) groups.set(device.line ?? '', [device]);
    else group.push(device);
  }
  return groups;
}

function pollsOf(devices: readonly ParsedDevice[]): readonly Poll[] {
  return devices.flatMap(({ id: device, traits: { unit, polls } }) => polls.map((poll) => ({ ...poll, device, unit })));
}

/** A line's budget, and the booms on it that software may close. */
export interface BoomBudget extends LineBudget {
  readonly booms: number;
}

/** Budgets of all lines, by id. */
export function budgets(parts: Parts): ReadonlyMap<string, BoomBudget> {
  const wires = new Map<string, { readonly wire: Wire; readonly polls: readonly Poll[] }>();
  const groups = devicesByLine(parts);
  for (const [id, line] of parts.lines) wires.set(id, { wire: wireOf(line), polls: pollsOf(groups.get(id) ?? []) });
  const rooms = closingRoom(parts, wires);
  const result = new Map<string, BoomBudget>();
  for (const [id, { wire, polls }] of wires) {
    const { booms, closingsAtOnce } = rooms.get(id) ?? { booms: [], closingsAtOnce: 0 };
    result.set(id, { ...lineBudget(wire, polls, booms), closingsAtOnce, booms: booms.length });
  }
  return result;
}

const urgent = new Set(['button', 'fire', 'fireNo', 'emergency']);

export function checkBudgets(parts: Parts, problems: Problems): void {
  const groups = devicesByLine(parts);
  for (const [id, budget] of budgets(parts)) {
    const line = sectionOf(parts, { kind: 'line', id });
    if (line === null) continue;
    const devices = groups.get(id) ?? [];
    tellClosings(line, id, budget, problems);
    for (const device of devices) {
      const inputs = device.traits.inputs.filter((input) => urgent.has(input.role)).map((input) => input.id);
      const worstMs = budget.worstScanMs[device.id] ?? 0;
      const section = sectionOf(parts, { kind: 'device', id: device.id });
      if (section === null || inputs.length === 0 || worstMs <= slowestScanMs) continue;
      const others = devices.filter((one) => one !== device).map((one): SectionRef => ({ kind: 'device', id: one.id }));
      const blame: SectionRef[] = [...others, { kind: 'line', id }];
      const path = ['inputs', inputs[0] ?? ''];
      const params = () => ({ inputs: inputs.join(', '), worstMs, ...remedyFor(parts, id, budget) });
      tell(problems, section, 'E-SLOW-SCAN', params, path, 'key', blame);
    }
  }
}

/** How many booms may close at once is told of every line that has booms which software closes (gate.md "Closing"). */
function tellClosings(line: Section, id: string, budget: BoomBudget, problems: Problems): void {
  const { closingsAtOnce: closings, booms } = budget;
  if (budget.utilisation > 1 || (closings === 0 && booms > 0)) {
    const percent = Math.round(budget.utilisation * 100);
    const params = { line: id, percent, rateHz: budget.safetyHz.toFixed(1), closings };
    tell(problems, line, 'W-BUDGET', params, [], 'key');
  } else if (booms > 0) {
    tell(problems, line, closings < booms ? 'I-CLOSINGS' : 'I-CLOSINGS-ALL', { line: id, closings, booms }, [], 'key');
  }
}

const bauds = [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200];

/** What alone would make every button and fire contact of the line be read in time: computed, not guessed. */
function remedyFor(parts: Parts, id: string, budget: LineBudget): { remedyZh: string; remedyEn: string } {
  const line = parts.lines.get(id);
  const devices = (devicesByLine(parts).get(id) ?? []).filter((device) => device.traits.polls.length > 0);
  const buttons = devices.filter((device) => device.traits.inputs.some((input) => urgent.has(input.role)));
  const inTime = ({ worstScanMs }: LineBudget) =>
    buttons.every(({ id: one }) => (worstScanMs[one] ?? 0) <= slowestScanMs);
  const polls = pollsOf(devices);
  if (line !== undefined && budget.utilisation <= 1) {
    for (const periodMs of [80, 50]) {
      const quicker = polls.map((poll) =>
        poll.safety ? { ...poll, periodMs: Math.min(poll.periodMs, periodMs) } : poll,
      );
      if (!inTime(lineBudget(wireOf(line), quicker, []))) continue;
      return { remedyZh: `各板写 poll: ${periodMs}ms 即可`, remedyEn: `poll: ${periodMs}ms on each board would do` };
    }
  }
  for (const baud of bauds) {
    if (line === undefined || !('baud' in line) || baud <= line.baud) continue;
    if (!inTime(lineBudget(wireOf({ ...line, baud } as LineSection), polls, []))) continue;
    return {
      remedyZh: `波特率 ${baud} 即可（各板也要设）`,
      remedyEn: `${baud} baud would do (set it on the boards too)`,
    };
  }
  return { remedyZh: '分成几条总线，每条少挂几台', remedyEn: 'several lines with fewer units on each' };
}
