/** The preconditions of gate.md for each lane, and for what lanes share. */
import type { DeviceInputTraits } from '../contract/driver.ts';
import type { Direction } from '../core/values.ts';
import { checkName } from './check-site.ts';
import { idsOf, type Parts, type ParsedDevice, type Section, sectionOf, tell } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';
import type { LaneSection } from './schema.ts';
import type { Path } from './source.ts';
import { suggestion } from './suggest.ts';

export type PortalKind = 'barrier' | 'turnstile' | 'door';

export interface Binding {
  readonly device: string;
  readonly direction: Direction | null;
  readonly channel: number | null;
  readonly path: Path;
}

export function directionsOf(lane: LaneSection): readonly Direction[] {
  if (lane.direction === 'both') return ['in', 'out'];
  return typeof lane.direction === 'string' ? [lane.direction] : [...new Set(lane.direction)];
}

export function portalOf(lane: LaneSection): { kind: PortalKind; device: string } | null {
  for (const kind of ['barrier', 'turnstile', 'door'] as const) {
    const device = lane[kind];
    if (device !== undefined) return { kind, device };
  }
  return null;
}

export function bindings(list: LaneSection['cameras'] | LaneSection['readers'], key: string): readonly Binding[] {
  return list.map((item, index): Binding => {
    if (typeof item === 'string') return { device: item, direction: null, channel: null, path: [key, index] };
    const channel = 'channel' in item ? (item.channel ?? null) : null;
    return { device: item.device, direction: item.direction ?? null, channel, path: [key, index] };
  });
}

export interface LaneInput extends DeviceInputTraits {
  readonly device: string;
}

/** Inputs that belong to a lane: its portal's and its sensors'. */
export function laneInputs(lane: LaneSection, devices: ReadonlyMap<string, ParsedDevice>): readonly LaneInput[] {
  const ids = new Set([portalOf(lane)?.device, ...lane.sensors].filter((id) => id !== undefined));
  return [...ids].flatMap((id) => (devices.get(id)?.traits.inputs ?? []).map((input) => ({ ...input, device: id })));
}

export function checkLanes(parts: Parts, problems: Problems): void {
  const portals = new Map<string, string>();
  const cameras = new Map<string, { lane: string; channel: number | null }[]>();
  const readers = new Map<string, string>();
  const used = new Set<string>();
  for (const [id, lane] of parts.lanes) {
    const section = sectionOf(parts, { kind: 'lane', id });
    if (section === null) continue;
    checkReferences(parts, section, lane, used, problems);
    checkDirections(section, lane, problems);
    checkPortal(parts, section, lane, portals, problems);
    checkBlindExit(parts, section, lane, problems);
    checkSecondFactor(section, lane, problems);
    checkCameras(section, id, lane, cameras, problems);
    checkReaders(section, id, lane, readers, problems);
    if (!lane.commissioned) tell(problems, section, 'I-NOT-COMMISSIONED', {}, [], 'key');
  }
  const laneSections = [...parts.sections.values()].filter(({ ref }) => ref.kind === 'lane');
  for (const section of laneSections) {
    collectRefs(section, used);
    checkName(section, problems);
  }
  // What was lost of a lane may have named any of them: no second finding because of the first.
  if (laneSections.some((section) => section.refused.length > 0)) return;
  for (const device of parts.devices.keys()) {
    const section = sectionOf(parts, { kind: 'device', id: device });
    if (section !== null && !used.has(device)) tell(problems, section, 'W-DEVICE-UNUSED', { device }, [], 'key');
  }
}

/** A lane that could not be read still uses the devices it names, whatever stands around their names. */
function collectRefs(section: Section, used: Set<string>): void {
  const waiting: unknown[] = [section.raw];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') for (const [name] of next.matchAll(/[a-z][a-z0-9-]*/g)) used.add(name);
    else if (typeof next === 'object' && next !== null) waiting.push(...Object.values(next));
  }
}

function checkReferences(
  parts: Parts,
  section: Section,
  lane: LaneSection,
  used: Set<string>,
  problems: Problems,
): void {
  const portal = portalOf(lane);
  const wanted: { device: string; path: Path; as: 'camera' | 'reader' | null }[] = [
    ...(portal === null ? [] : [{ device: portal.device, path: [portal.kind], as: null }]),
    ...bindings(lane.cameras, 'cameras').map((one) => ({ ...one, as: 'camera' as const })),
    ...bindings(lane.readers, 'readers').map((one) => ({ ...one, as: 'reader' as const })),
    ...lane.sensors.map((device, index) => ({ device, path: ['sensors', index], as: null })),
  ];
  for (const { device, path, as } of wanted) {
    used.add(device);
    const found = parts.devices.get(device);
    if (found === undefined) {
      if (sectionOf(parts, { kind: 'device', id: device }) !== null) continue; // Its own error stands at the device.
      const params = () => ({ device, ...suggestion(device, idsOf(parts, 'device')) });
      tell(problems, section, 'E-DEVICE-UNKNOWN', params, path, 'value');
    } else if (as !== null && !servesAs(found, as)) {
      const params = { device, kindZh: as === 'camera' ? '相机' : '读卡器', kindEn: as };
      tell(problems, section, 'E-DEVICE-KIND', params, path, 'value');
    }
  }
}

/** The lane that another section names; null, and said, where there is none. */
export function laneNamed(
  parts: Parts,
  section: Section,
  id: string,
  path: Path,
  problems: Problems,
): LaneSection | null {
  const lane = parts.lanes.get(id);
  if (lane !== undefined) return lane;
  if (sectionOf(parts, { kind: 'lane', id }) !== null) return null; // Its own error stands at the lane.
  const params = () => ({ lane: id, ...suggestion(id, idsOf(parts, 'lane')) });
  tell(problems, section, 'E-LANE-UNKNOWN', params, path, 'value');
  return null;
}

function servesAs(device: ParsedDevice, as: 'camera' | 'reader'): boolean {
  const { capabilities } = device.driver;
  if (capabilities !== undefined) return capabilities.includes(as);
  return device.traits.portal === null && (as === 'camera') === (device.driver.host === 'camera');
}

function checkDirections(section: Section, lane: LaneSection, problems: Problems): void {
  const directions = directionsOf(lane);
  for (const bound of [...bindings(lane.cameras, 'cameras'), ...bindings(lane.readers, 'readers')]) {
    const { device, direction, path } = bound;
    if (direction === null && directions.length > 1) {
      tell(problems, section, 'E-DIRECTION', { device }, path, 'value');
    } else if (direction !== null && !directions.includes(direction)) {
      tell(problems, section, 'E-DIRECTION-WRONG', { direction }, [...path, 'direction'], 'value');
    }
  }
}

function checkPortal(
  parts: Parts,
  section: Section,
  lane: LaneSection,
  portals: Map<string, string>,
  problems: Problems,
): void {
  const named = (['barrier', 'turnstile', 'door'] as const).filter((kind) => lane[kind] !== undefined);
  const second = named[1];
  if (second !== undefined) tell(problems, section, 'E-PORTALS', {}, [second], 'key');
  const portal = portalOf(lane);
  if (portal === null) return;
  const { device: id, kind } = portal;
  const other = portals.get(id);
  if (other === undefined) portals.set(id, section.ref.id);
  else {
    const also: SectionRef[] = [{ kind: 'lane', id: other }];
    tell(problems, section, 'E-PORTAL-SHARED', { device: id, other }, [kind], 'value', also);
  }
  const traits = parts.devices.get(id)?.traits;
  if (traits === undefined) return;
  const built = builtOf(lane);
  if (traits.portal === null || (traits.portal.kind === 'door') !== (kind === 'door')) {
    const params = { device: id, kindZh: kind === 'door' ? '门' : '道闸', kindEn: kind };
    tell(problems, section, 'E-DEVICE-KIND', params, [kind], 'value', built);
  } else if (traits.portal.kind === 'door') {
    if (lane.escapeRoute && traits.portal.fail === 'secure') {
      tell(problems, section, 'E-ESCAPE-SECURE', {}, ['escapeRoute'], 'value', built);
    }
  } else {
    if (lane.emergencyRoute && traits.portal.openInput === 'step') {
      tell(problems, section, 'E-EMERGENCY-STEP', {}, ['emergencyRoute'], 'value', built);
    }
    if (lane.emergencyRoute && traits.portal.hold === 'none') {
      tell(problems, section, 'E-EMERGENCY-HOLD', {}, ['emergencyRoute'], 'value', built);
    }
    const { openInput } = traits.portal;
    if (openInput === 'step' && !laneInputs(lane, parts.devices).some(({ role }) => role === 'closedLimit')) {
      tell(problems, section, 'E-STEP-UNSEEN', {}, [kind], 'value', built);
    }
    if (lane.autoClose === 'gateway' && traits.portal.openInput === 'step') {
      tell(problems, section, 'E-AUTOCLOSE-STEP', {}, ['autoClose'], 'value', built);
    }
    // A hold output closes only what it holds: an opening by a pulse would stay up behind every vehicle.
    const { open, close } = traits.portal;
    if (lane.autoClose === 'gateway' && open === 'pulse' && close === 'none') {
      tell(problems, section, 'E-AUTOCLOSE-NOCLOSE', {}, ['autoClose'], 'value', built);
    }
    if (lane.onObstructionUnknown === 'yieldToBoard' && lane.commissioned && lane.boardProtection === undefined) {
      tell(problems, section, 'E-YIELD-UNPROVED', {}, ['onObstructionUnknown'], 'value');
    }
    // A held OPEN is never let go over a sensor that says nothing, and a board that does not close has nothing given to it.
    const keeps =
      open === 'maintained' ? 'open: maintained' : lane.autoClose === 'gateway' ? 'autoClose: gateway' : null;
    if (lane.onObstructionUnknown === 'yieldToBoard' && keeps !== null) {
      tell(problems, section, 'W-YIELD-NOTHING', { keeps }, ['onObstructionUnknown'], 'value', built);
    }
    if (lane.autoClose === 'gateway' && traits.portal.announce !== 'wired') {
      tell(problems, section, 'I-ANNOUNCE-NONE', {}, ['autoClose'], 'value', built);
    }
    checkBoom(parts, section, lane, kind, problems);
    checkOnlyButton(parts, section, lane, openInput === 'step', problems);
  }
  checkFire(parts, section, lane, problems);
}

/** Devices that the lane is built of: a precondition may have been broken by a change of theirs. */
export function builtOf(lane: LaneSection): readonly SectionRef[] {
  const ids = [portalOf(lane)?.device, ...lane.sensors].filter((id) => id !== undefined);
  return ids.map((id) => ({ kind: 'device', id }));
}

/** Without such a sensor a close not directly behind a vehicle needs a person watching (gate.md "Closing"). */
function seesPersons(input: LaneInput): boolean {
  return input.detects === 'person' || input.detects === 'both';
}

function checkBoom(parts: Parts, section: Section, lane: LaneSection, kind: PortalKind, problems: Problems): void {
  const inputs = laneInputs(lane, parts.devices);
  const obstructions = inputs.filter((input) => input.role === 'obstruction');
  if (obstructions.length === 0) {
    if (lane.autoClose === 'gateway')
      tell(problems, section, 'E-AUTOCLOSE-BLIND', {}, ['autoClose'], 'value', builtOf(lane));
    else tell(problems, section, 'W-OBSTRUCTION-NONE', {}, [kind], 'value');
  } else if (lane.autoClose === 'gateway' && !obstructions.some((input) => seesPersons(input))) {
    tell(problems, section, 'W-NOT-TAKEN-STAYS', {}, ['autoClose'], 'value', builtOf(lane));
  }
  for (const input of obstructions) {
    const device = sectionOf(parts, { kind: 'device', id: input.device });
    if (input.failsActive || device === null) continue;
    tell(problems, device, 'W-OBSTRUCTION-WIRING', { input: input.id }, ['inputs', input.id], 'key');
  }
  const missing = (['openLimit', 'closedLimit'] as const).filter(
    (role) => !inputs.some((input) => input.role === role),
  );
  if (missing.length > 0) {
    tell(problems, section, 'W-LIMITS-NONE', { missing: missing.join(', ') }, [kind], 'value');
  }
}

/** The press that closes is believed only over a boom that is measured open and a sensor that shows nothing under it. */
function checkOnlyButton(parts: Parts, section: Section, lane: LaneSection, isStep: boolean, problems: Problems): void {
  if (!lane.buttonCloses) return;
  const roles = new Set(laneInputs(lane, parts.devices).map(({ role }) => role));
  const needed = (['button', 'openLimit', 'obstruction'] as const).filter((role) => !roles.has(role));
  const missing = [...needed, ...(isStep ? ['openInput: dedicated'] : [])];
  if (missing.length === 0) return;
  tell(problems, section, 'W-BUTTON-CLOSES-NOTHING', { missing: missing.join(', ') }, ['buttonCloses'], 'key');
}

function checkFire(parts: Parts, section: Section, lane: LaneSection, problems: Problems): void {
  const inputs = laneInputs(lane, parts.devices);
  for (const input of inputs) {
    const other = otherHalf(input);
    // Each contact is judged by its own half, on its own board (src/core/lane/fire.ts).
    const half = other === null ? undefined : inputs.find(({ id, device }) => id === other && device === input.device);
    const ignored = input.role === 'fireNo' && half !== undefined && half.supervision !== 'pair';
    if (other === null || (half !== undefined && !ignored)) continue;
    const device = sectionOf(parts, { kind: 'device', id: input.device });
    if (device === null) continue;
    const values = { input: input.id, other };
    const code = ignored ? 'W-FIRE-HALF-UNREAD' : 'E-FIRE-PAIR';
    tell(problems, device, code, values, ['inputs', input.id], 'key', [section.ref]);
  }
}

/** Name of the input that this one is supervised with; null where it is supervised with none. */
function otherHalf({ id, role, supervision }: LaneInput): string | null {
  if (role === 'fireNo') return id.replace(/^fireNo/, 'fire');
  return role === 'fire' && supervision === 'pair' ? id.replace(/^fire/, 'fireNo') : null;
}

/** A vehicle that nothing has read is let out only where anybody may leave, and where something feels it standing (gate.md "Exits"). */
function checkBlindExit(parts: Parts, section: Section, lane: LaneSection, problems: Problems): void {
  if (lane.blindExit === undefined) return;
  const feels = laneInputs(lane, parts.devices).some(
    ({ role, direction }) => role === 'arming' && (direction === undefined || direction === 'out'),
  );
  const boom = lane.barrier !== undefined || lane.turnstile !== undefined;
  if (directionsOf(lane).includes('out') && lane.exitPolicy === 'free' && boom && feels) return;
  tell(problems, section, 'E-BLIND-EXIT', {}, ['blindExit'], 'key', builtOf(lane));
}

/** Whoever says how plate + card is judged here means to read both. */
function checkSecondFactor(section: Section, lane: LaneSection, problems: Problems): void {
  const key = (['secondFactorFallback', 'secondFactorWindow'] as const).find((name) => has(section.raw, name));
  if (key === undefined) return;
  const directions = directionsOf(lane);
  for (const direction of directions) {
    const reads = (list: LaneSection['cameras'] | LaneSection['readers']) =>
      bindings(list, '').some((one) => directions.length === 1 || one.direction === direction);
    const lacks = reads(lane.readers) ? (reads(lane.cameras) ? null : 'camera') : 'reader';
    if (lacks === null) continue;
    const [directionZh, directionEn] = direction === 'in' ? ['进', 'on the way in'] : ['出', 'on the way out'];
    const words = { lacksZh: lacks === 'camera' ? '摄像机' : '读卡器', lacksEn: lacks, directionZh, directionEn };
    return tell(problems, section, 'W-SECOND-FACTOR-HALF', { key, ...words }, [key], 'key');
  }
}

function has(raw: unknown, key: string): boolean {
  return typeof raw === 'object' && raw !== null && Object.hasOwn(raw, key);
}

function checkCameras(
  section: Section,
  id: string,
  lane: LaneSection,
  cameras: Map<string, { lane: string; channel: number | null }[]>,
  problems: Problems,
): void {
  for (const { device, channel, path } of bindings(lane.cameras, 'cameras')) {
    const others = cameras.get(device) ?? [];
    const clash = others.find((one) => one.channel === null || channel === null || one.channel === channel);
    if (clash !== undefined) {
      const also: SectionRef[] = clash.lane === id ? [] : [{ kind: 'lane', id: clash.lane }];
      tell(problems, section, 'E-CAMERA-SHARED', { device, other: clash.lane }, path, 'value', also);
    }
    cameras.set(device, [...others, { lane: id, channel }]);
  }
}

/** A card shown to a reader is a wish to pass in one lane and one direction; two that name it would share neither. */
function checkReaders(
  section: Section,
  id: string,
  lane: LaneSection,
  readers: Map<string, string>,
  problems: Problems,
): void {
  for (const { device, path } of bindings(lane.readers, 'readers')) {
    const other = readers.get(device);
    if (other === undefined) {
      readers.set(device, id);
      continue;
    }
    const also: SectionRef[] = other === id ? [] : [{ kind: 'lane', id: other }];
    tell(problems, section, 'E-READER-SHARED', { device, other }, path, 'value', also);
  }
}
