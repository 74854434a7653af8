/** Checks of lines and devices across sections: references, ports, units, coils, and what the wire carries. */
import { type LineBudget, lineBudget, type Poll, type Wire } from './budget.ts';
import { closingRoom } from './closings.ts';
import { type Parts, type ParsedDevice, sectionOf, tell } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';
import type { LineSection } from './schema.ts';
import type { SecretRef, SecretState } from './secrets.ts';
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
      const got = `"${line.port}"`;
      if (!line.port.startsWith('/')) tell(problems, section, 'E-PORT-PATH', { got }, ['port'], 'value');
      else if (/^\/dev\/tty(USB|ACM)\d+$/.test(line.port)) {
        tell(problems, section, 'W-PORT-UNSTABLE', { got }, ['port'], 'value');
      }
    }
    const endpoint = 'host' in line ? `${line.host.toLowerCase()}:${line.port}` : line.port;
    const other = endpoints.get(endpoint);
    if (other !== undefined) {
      const also: SectionRef[] = [{ kind: 'line', id: other }];
      tell(problems, section, 'E-ENDPOINT-SHARED', { endpoint, other }, ['port'], 'value', also);
    } else endpoints.set(endpoint, id);
    if (!used.has(id)) tell(problems, section, 'W-LINE-UNUSED', { line: id }, [], 'key');
  }
}

const suits: Readonly<Record<string, readonly LineSection['type'][]>> = {
  modbus: ['modbus-rtu', 'modbus-rtu-tcp', 'modbus-tcp'],
  serial: ['serial', 'tcp'],
  tcp: ['tcp', 'serial'],
};

export function checkDevices(parts: Parts, problems: Problems, probe: (ref: SecretRef) => SecretState): void {
  const units = new Map<string, string>();
  const coils = new Map<string, string>();
  for (const device of parts.devices.values()) {
    checkDeviceLine(parts, device, problems);
    checkSharing(parts, device, units, coils, problems);
    checkSecrets(parts, device, problems, probe);
  }
}

function checkDeviceLine(parts: Parts, device: ParsedDevice, problems: Problems): void {
  const section = sectionOf(parts, { kind: 'device', id: device.id });
  if (section === null || device.line === null) return;
  const line = parts.lines.get(device.line);
  if (line === undefined) {
    if (sectionOf(parts, { kind: 'line', id: device.line }) !== null) return; // The line's own error stands there.
    const { line: name } = device;
    const params = () => ({ line: name, ...suggestion(name, [...parts.lines.keys()]) });
    tell(problems, section, 'E-LINE-UNKNOWN', params, ['line'], 'value');
  } else if (!(suits[device.driver.line] ?? []).includes(line.type)) {
    const also: SectionRef[] = [{ kind: 'line', id: device.line }];
    tell(problems, section, 'E-LINE-KIND', { driver: device.driver.name, type: line.type }, ['line'], 'value', also);
  }
}

function checkSharing(
  parts: Parts,
  device: ParsedDevice,
  units: Map<string, string>,
  coils: Map<string, string>,
  problems: Problems,
): void {
  const section = sectionOf(parts, { kind: 'device', id: device.id });
  const { line } = device;
  const { unit, outputs } = device.traits;
  if (section === null || line === null) return;
  if (unit !== null) {
    const other = units.get(`${line}/${unit}`);
    if (other === undefined) units.set(`${line}/${unit}`, device.id);
    else {
      const also: SectionRef[] = [{ kind: 'device', id: other }];
      tell(problems, section, 'E-UNIT-SHARED', { unit, line, other }, ['unit'], 'value', also);
    }
  }
  for (const coil of outputs) {
    const other = coils.get(`${line}/${coil}`);
    if (other === undefined) coils.set(`${line}/${coil}`, device.id);
    else if (other !== device.id) {
      const also: SectionRef[] = [{ kind: 'device', id: other }];
      tell(problems, section, 'E-COIL-SHARED', { coil, other }, [], 'key', also);
    }
  }
}

function checkSecrets(
  parts: Parts,
  device: ParsedDevice,
  problems: Problems,
  probe: (ref: SecretRef) => SecretState,
): void {
  const section = sectionOf(parts, { kind: 'device', id: device.id });
  if (section === null) return;
  for (const secret of device.secrets) {
    const state = probe(secret);
    const what = `${secret.from === 'env' ? '$' : ''}${secret.name}`;
    if (!state.ok) tell(problems, section, 'E-SECRET-READ', { what: `${what} (${state.why})` }, secret.path, 'value');
    else if (state.worldReadable) tell(problems, section, 'W-SECRET-OPEN', { what }, secret.path, 'value');
  }
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

/** A line's budget, and the booms on it that software may close. */
export interface BoomBudget extends LineBudget {
  readonly booms: number;
}

/** Budgets of all lines, by id. */
export function budgets(parts: Parts): ReadonlyMap<string, BoomBudget> {
  const wires = new Map<string, { readonly wire: Wire; readonly polls: readonly Poll[] }>();
  const groups = devicesByLine(parts);
  for (const [id, line] of parts.lines) {
    const devices = groups.get(id) ?? [];
    const polls: Poll[] = devices.flatMap((device) =>
      device.traits.polls.map((poll) => ({ ...poll, device: device.id })),
    );
    wires.set(id, { wire: wireOf(line), polls });
  }
  const rooms = closingRoom(parts, wires);
  const result = new Map<string, BoomBudget>();
  for (const [id, { wire, polls }] of wires) {
    const { booms, closingsAtOnce } = rooms.get(id) ?? { booms: [], closingsAtOnce: 0 };
    result.set(id, { ...lineBudget(wire, polls, booms), closingsAtOnce, booms: booms.length });
  }
  return result;
}

const urgent = new Set(['button', 'fire', 'fireNo']);

export function checkBudgets(parts: Parts, problems: Problems): void {
  const groups = devicesByLine(parts);
  for (const [id, budget] of budgets(parts)) {
    const line = sectionOf(parts, { kind: 'line', id });
    if (line === null) continue;
    const devices = groups.get(id) ?? [];
    const { closingsAtOnce: closings, booms } = budget;
    if (budget.utilisation <= 1 && closings > 0 && closings < booms) {
      tell(problems, line, 'I-CLOSINGS', { line: id, closings, booms }, [], 'key');
    }
    if (budget.utilisation > 1 || (closings === 0 && booms > 0)) {
      const params = {
        line: id,
        percent: Math.round(budget.utilisation * 100),
        rateHz: budget.safetyHz.toFixed(1),
        closings: budget.closingsAtOnce,
      };
      tell(problems, line, 'W-BUDGET', params, [], 'key');
    }
    for (const device of devices) {
      const inputs = device.traits.inputs.filter((input) => urgent.has(input.role)).map((input) => input.id);
      const worstMs = budget.worstScanMs[device.id] ?? 0;
      const section = sectionOf(parts, { kind: 'device', id: device.id });
      if (section === null || inputs.length === 0 || worstMs <= slowestScanMs) continue;
      const others = devices.filter((one) => one !== device).map((one): SectionRef => ({ kind: 'device', id: one.id }));
      const blame: SectionRef[] = [...others, { kind: 'line', id }];
      const path = ['inputs', inputs[0] ?? ''];
      tell(problems, section, 'E-SLOW-SCAN', { inputs: inputs.join(', '), worstMs }, path, 'key', blame);
    }
  }
}
