/** Life safety at 9600 baud: from a contact at the board to the frame there, on a quiet line and on the same line under stress. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Device, type Opening } from './device.ts';
import { ms, ratio, type Spread, spreadOf, table } from './figures.ts';
import type { Bench } from './measure.ts';
import { seeded } from './plates.ts';
import { startGatewayOn } from './systems.ts';

export interface SafetyFigures {
  /** Contact closed → last byte of the open frame landed, milliseconds; the wait for the input's next reading is in it. */
  readonly press: Spread;
  /** Sensor occupied under a boom that closes on our word → last byte of the reopening's frame. */
  readonly reopening: Spread;
  /** No frame within 5 s. */
  readonly missed: number;
}

export interface Safety {
  readonly quiet: SafetyFigures;
  readonly stressed: SafetyFigures;
}

const UNITS = 8;
/** The last two are the dead and the babbling one under stress; the booms before them are measured, on both lines. */
const MEASURED = UNITS - 2;
const TRAVEL_MS = 3000;
const MISSED_MS = 5000;
/** As wired below: inputs count from 0 at the board. */
const inputs = { obstruction: 2, button: 3, closeButton: 4 } as const;
/** What the stressed line may take of the quiet one's. */
const RATIO_MOST = 2;

function siteText(path: string): string {
  const units = Array.from({ length: UNITS }, (_, at) => at + 1);
  const wired = 'openLimit: 1, closedLimit: 2, obstruction: { at: 3, detects: both }, button: 4, closeButton: 5';
  return [
    'site: { id: bench, name: 测量, timezone: Asia/Shanghai, homeProvince: 京 }',
    'lines:',
    `  bus: { type: modbus-rtu, port: ${path}, baud: 9600 }`,
    'devices:',
    ...units.map(
      (unit) =>
        `  barrier-${unit}: { driver: barrier-modbus, line: bus, unit: ${unit}, profile: waveshare-8, pulse: 300ms, travel: ${TRAVEL_MS}ms, poll: 100ms, inputs: { ${wired} } }`,
    ),
    'lanes:',
    ...units.map(
      (unit) =>
        // Open booms stay so between two presses: nothing but polls and presses is on the line.
        `  lane-${unit}: { name: 车道${unit}, direction: in, barrier: barrier-${unit}, autoClose: gateway, notTakenAfter: 60s, commissioned: true }`,
    ),
    '',
  ].join('\n');
}

/** The next frame of this unit. Null: none came. */
function next(
  device: Device,
  which: 'onOpening' | 'onClosing',
  unit: number,
  withinMs: number,
): Promise<Opening | null> {
  return new Promise((resolve) => {
    const end = (found: Opening | null): void => {
      clearTimeout(limit);
      device[which] = () => {};
      resolve(found);
    };
    const limit = setTimeout(() => end(null), withinMs);
    device[which] = (seen) => {
      if (seen.unit === unit) end(seen);
    };
  });
}

/** Presses and lets go; milliseconds to the frame, null where none came. */
async function press(device: Device, unit: number): Promise<number | null> {
  const opened = next(device, 'onOpening', unit, MISSED_MS);
  const from = await device.input(unit, inputs.button, true);
  const opening = await opened;
  await device.input(unit, inputs.button, false);
  return opening === null ? null : opening.at - from;
}

/** Opens, closes by the guard's close button, and occupies the sensor in mid-close. */
async function reopen(device: Device, unit: number): Promise<number | null> {
  await press(device, unit);
  await sleep(TRAVEL_MS + 1000);
  const closed = next(device, 'onClosing', unit, 3 * MISSED_MS);
  await device.input(unit, inputs.closeButton, true);
  await sleep(1000);
  await device.input(unit, inputs.closeButton, false);
  if ((await closed) === null) return null;
  await sleep(TRAVEL_MS / 3);
  const opened = next(device, 'onOpening', unit, MISSED_MS);
  const from = await device.input(unit, inputs.obstruction, false);
  const opening = await opened;
  await device.input(unit, inputs.obstruction, true);
  await sleep(TRAVEL_MS + 1000);
  return opening === null ? null : opening.at - from;
}

async function figures(
  device: Device,
  random: () => number,
  presses: number,
  reopenings: number,
): Promise<SafetyFigures> {
  const [pressed, reopened]: [(number | null)[], (number | null)[]] = [[], []];
  for (let count = 0; count < reopenings; count += 1) reopened.push(await reopen(device, 1 + (count % MEASURED)));
  for (let count = 0; count < presses; count += 1) {
    // Long enough for the button to be read released.
    await sleep(700 + random() * 300);
    pressed.push(await press(device, 1 + Math.floor(random() * MEASURED)));
  }
  const came = (all: readonly (number | null)[]) => all.filter((one) => one !== null);
  const missed = pressed.length + reopened.length - came(pressed).length - came(reopened).length;
  return { press: spreadOf(came(pressed)), reopening: spreadOf(came(reopened)), missed };
}

export async function measureSafety(bench: Bench, presses: number, reopenings: number): Promise<Safety> {
  const dir = mkdtempSync(join(bench.dir, 'safety-'));
  const boom = { units: UNITS, travelMs: TRAVEL_MS, openMs: 0 };
  const device = await Device.start(bench.deviceBinary, { kind: 'rtu', baud: 9600 }, boom, dir);
  const { bus } = device;
  if (bus.kind !== 'rtu') throw new Error('not a serial device');
  const random = seeded(9600);
  for (let unit = 1; unit <= UNITS; unit += 1) await device.input(unit, inputs.obstruction, true);
  const system = startGatewayOn(dir, siteText(bus.path));
  try {
    await sleep(5000);
    const quiet = await figures(device, random, presses, reopenings);
    device.stress(MEASURED + 1, MEASURED + 2);
    // Until the silent one is known to be.
    await sleep(10_000);
    const stressed = await figures(device, random, presses, reopenings);
    return { quiet, stressed };
  } finally {
    if (!system.ended()) await system.stop();
    await device.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

export function safetyTable({ quiet, stressed }: Safety): string {
  const cells = ({ count, p50, p90, p99, max }: Spread) => [String(count), ms(p50), ms(p90), ms(p99), ms(max)];
  const rows = (['press', 'reopening'] as const).flatMap((what) => {
    const [calm, crowded] = [quiet[what], stressed[what]];
    const flag = crowded.p50 / calm.p50 > RATIO_MOST ? ' !' : '';
    const ratios = [`${ratio(crowded.p50, calm.p50)}${flag}`, ratio(crowded.p90, calm.p90)];
    return [
      [what === 'press' ? 'press → open frame' : 'obstruction → reopen frame', 'quiet', ...cells(calm)],
      ['', 'stressed', ...cells(crowded)],
      ['', 'ratio', '', ...ratios, ratio(crowded.p99, calm.p99), ratio(crowded.max, calm.max)],
    ];
  });
  return table(['life safety at 9600 baud, ms', 'line', 'times', 'p50', 'p90', 'p99', 'max'], rows);
}

/** A frame that never came is no matter of a busy machine. */
export function safetyFaults(safety: Safety): readonly string[] {
  return (['quiet', 'stressed'] as const).flatMap((line) =>
    safety[line].missed === 0 ? [] : [`life safety, ${line} line: ${safety[line].missed} frames never came`],
  );
}
