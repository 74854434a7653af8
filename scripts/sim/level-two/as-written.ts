/**
 * The drawn site as a technician gets it through `gatehouse check`: the real loader reads it, and what it refuses is changed as its
 * hints say. Sites that no gateway would take are no part of level 2.
 */
import cameraDriver from '../../../drivers/camera-http/index.ts';
import barrierDriver from '../../../drivers/barrier-modbus/index.ts';
import readerDriver from '../../../drivers/reader-serial/index.ts';
import { diskOf } from '../../../src/config/disk.ts';
import { loadFrom } from '../../../src/config/load.ts';
import type { AnyDriver } from '../../../src/contract/driver.ts';
import type { InputModel, LaneModel, SiteModel } from '../../../src/core/site-model.ts';
import type { FoundDriver } from '../../../src/runtime/registry.ts';
import type { LanePlan, SensorPlan, SitePlan } from '../../../src/sim/crowd/site-plan.ts';
import type { Wiring } from '../../../src/sim/level-two/wiring.ts';
import { pathVariable, siteYaml } from './site-yaml.ts';

export const drivers: readonly FoundDriver[] = [
  { driver: barrierDriver as AnyDriver, module: '' },
  { driver: readerDriver as AnyDriver, module: '' },
  { driver: cameraDriver as AnyDriver, module: '' },
];

/** 2026-11-23, a Monday, 10:00 in Shanghai. */
export const MONDAY = 1_795_399_200_000;
const QUICK_MS = 80;
const QUICKEST_MS = 50;
const BAUD_MAX = 115_200;
const TRIES_MAX = 20;

export interface Written {
  readonly plan: SitePlan;
  readonly wiring: Wiring;
}

/** What the daemon's environment holds on this machine. */
export function environmentOf({ lanes }: SiteModel): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lanes.flatMap(({ cameras }) => cameras.map(({ device }) => [pathVariable(device), `path-of-${device}`])),
  );
}

/** @throws RangeError where the check still refuses it: the drawing has come to know something that a technician could not write. */
export function asWritten(drawn: SitePlan, wiringOf: (plan: SitePlan) => Wiring): Written {
  const plan = provable(drawn);
  const env = environmentOf(plan.model);
  let wiring = wiringOf(plan);
  for (let nth = 0; nth < TRIES_MAX; nth++) {
    const text = siteYaml(plan.model, wiring, new Map());
    const disk = { ...diskOf('/', env), files: () => [{ file: 'site.yaml', bytes: Buffer.from(text) }] };
    const { site, problems } = loadFrom(disk, { drivers: drivers.map(({ driver }) => driver), nowWall: MONDAY });
    if (site !== null) return { plan: compiled(plan, site), wiring };
    const refused = problems.filter(({ severity }) => severity === 'error');
    const slow = refused.filter(({ code }) => code === 'E-SLOW-SCAN').map(({ path }) => path.split('.')[1] ?? '');
    if (slow.length < refused.length) throw new RangeError(JSON.stringify(refused[0]));
    wiring = quicker(wiring, new Set(slow));
  }
  throw new RangeError('a button is never read in time');
}

/** What a lane needs beside it in order to be taken. */
function provable(plan: SitePlan): SitePlan {
  const lanes = plan.lanes.map(provableLane);
  return { ...plan, lanes, model: { ...plan.model, lanes: lanes.map(({ model }) => model) } };
}

function provableLane(lane: LanePlan): LanePlan {
  const { model } = lane;
  const { portal } = model;
  const feels = lane.sensors.some(({ input: { role, direction } }) => role === 'arming' && direction !== 'in');
  const isUnseen = portal.kind === 'barrier' && portal.openInput === 'step' && !portal.hasClosedLimit;
  const sensors = isUnseen ? [closedLimit(portal.device), ...lane.sensors] : lane.sensors;
  const proved: LaneModel = {
    ...model,
    boardProtected: model.boardProtected || model.onObstructionUnknown === 'yieldToBoard',
    blindExitAfterMs: feels ? model.blindExitAfterMs : null,
    ...(isUnseen ? { portal: { ...portal, hasClosedLimit: true } } : {}),
    inputs: sensors.map(({ input }) => input),
  };
  return { ...lane, sensors, model: proved };
}

function closedLimit(device: string): SensorPlan {
  const input: InputModel = { id: 'closedLimit', role: 'closedLimit', device };
  return { input, zone: null, feelsMetalOnly: true };
}

/** Boards read more often, then a quicker bus, then fewer boards on it, as the hints of E-SLOW-SCAN say. */
function quicker(wiring: Wiring, slow: ReadonlySet<string>): Wiring {
  const concerned = new Set(wiring.boards.filter(({ device }) => slow.has(device)).map(({ line }) => line));
  return [...concerned].reduce(quickerLine, wiring);
}

function quickerLine(wiring: Wiring, id: string): Wiring {
  const { lines, boards } = wiring;
  const line = lines.find((one) => one.id === id);
  const own = boards.filter((board) => board.line === id);
  const slowestMs = Math.max(...own.map(({ pollMs }) => pollMs));
  if (line === undefined) return wiring;
  if (slowestMs > QUICKEST_MS) {
    const pollMs = slowestMs > QUICK_MS ? QUICK_MS : QUICKEST_MS;
    return {
      ...wiring,
      boards: boards.map((board) => (board.line === id ? { ...board, pollMs: Math.min(board.pollMs, pollMs) } : board)),
    };
  }
  if (line.type !== 'modbus-tcp' && line.baud < BAUD_MAX) {
    const baud = line.baud === 38_400 ? 57_600 : line.baud * 2;
    return { ...wiring, lines: lines.map((one) => (one === line ? { ...one, baud } : one)) };
  }
  const other = { ...line, id: `${id}-2` };
  const units = [...new Set(own.map(({ unit }) => unit))];
  const moved = new Set(units.slice(Math.ceil(units.length / 2)));
  return {
    ...wiring,
    lines: [...lines, other],
    boards: boards.map((board) => (board.line === id && moved.has(board.unit) ? { ...board, line: other.id } : board)),
  };
}

/** The lanes as the loader has compiled them: what it computes (stale times, closings at once) is what the gateway runs on. */
function compiled(plan: SitePlan, model: SiteModel): SitePlan {
  const lanes = plan.lanes.map((lane): LanePlan => {
    const found = model.lanes.find(({ id }) => id === lane.id);
    if (found === undefined) throw new RangeError(lane.id);
    const inputOf = ({ input }: SensorPlan): InputModel =>
      found.inputs.find(({ id, device }) => id === input.id && device === input.device) ?? input;
    return { ...lane, model: found, sensors: lane.sensors.map((one) => ({ ...one, input: inputOf(one) })) };
  });
  return { ...plan, lanes, model };
}
