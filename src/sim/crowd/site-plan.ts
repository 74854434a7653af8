/** The site of one run, as the seed draws it: lanes with their wiring, booms, sensors and boards, and what may go wrong there. */
import type {
  BarrierModel,
  CameraBinding,
  InputModel,
  InputRole,
  LaneModel,
  ReaderBinding,
  RouteModel,
  SiteModel,
} from '../../core/site-model.ts';
import type { Direction } from '../../core/values.ts';
import type { Random } from '../random.ts';
import type { Zone } from '../yard/body.ts';
import type { BoomPlan } from '../yard/boom.ts';
import { drawHazards, type Hazard } from './hazards.ts';
import { drawList, type Listed, NIGHT } from './list.ts';

export interface SensorPlan {
  readonly input: InputModel;
  /** Where it feels, along the lane's line; null for buttons and contacts. */
  readonly zone: Zone | null;
  readonly feelsMetalOnly: boolean;
}

export interface LanePlan {
  readonly id: string;
  readonly model: LaneModel;
  readonly boom: BoomPlan;
  readonly sensors: readonly SensorPlan[];
}

export interface BoardPlan {
  readonly id: string;
  /** Between two reads of its inputs, ms. */
  readonly pollMs: number;
  readonly readsBack: boolean;
}

export interface SitePlan {
  readonly seed: number;
  readonly hazards: ReadonlySet<Hazard>;
  readonly model: SiteModel;
  readonly lanes: readonly LanePlan[];
  readonly boards: readonly BoardPlan[];
  readonly list: Listed;
  /** Deeds of people and faults in a busy hour, a lane. */
  readonly tempo: number;
}

const ARMING: Zone = { from: -5, to: -1.5 };
const DEPARTURE: Zone = { from: 2.2, to: 4.5 };
const LOOP: Zone = { from: -1.1, to: 1.3 };
const RADAR: Zone = { from: -0.8, to: 0.8 };
const BEAM: Zone = { from: -0.4, to: 0.4 };

/** Polls of level 1, ms. */
const POLLS_MS: readonly number[] = [100, 150, 200, 250];

/** `pollsMs`: periods at which inputs are read, of which one is drawn. */
export function drawSite(seed: number, random: Random, pollsMs = POLLS_MS): SitePlan {
  const hazards = drawHazards(random.fork('hazards'));
  const draw = random.fork('site');
  const count = draw.pick([1, 1, 2, 2, 3, 4]);
  const hasFire = hazards.has('fires') || draw.chance(0.3);
  const ids = Array.from({ length: count }, (_, index) => `l${index + 1}`);
  const onRoute = hasFire ? ids.filter((id) => id === 'l1' || draw.chance(0.6)) : [];
  const isShared = draw.chance(0.3);
  const pollMs = draw.pick(pollsMs);
  const drawn = ids.map((id) =>
    drawLane(id, random.fork(id), { isRoute: onRoute.includes(id), isShared, pollMs, hasFire: hasFire && id === 'l1' }),
  );
  const routes: readonly RouteModel[] =
    onRoute.length > 1 ? [{ id: 'main', name: '消防通道', lanes: onRoute, direction: draw.pick(['in', 'out']) }] : [];
  return {
    seed,
    hazards,
    model: {
      id: 'site',
      name: '小区',
      timezone: 'Asia/Shanghai',
      homeProvince: '京',
      configHash: 'c0',
      lanes: drawn.map(({ lane }) => lane.model),
      routes,
      interlocks: [],
      calendar: {
        days: {},
        years: [2026, 2027],
        windows: { [NIGHT]: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 60, to: 120 }] },
      },
      near: { suggest: true },
      emergencyPlates: ['京K00000'],
      closingsAtOnce: Object.fromEntries(drawn.map(({ line }) => [line, draw.whole(1, 2)])),
    },
    lanes: drawn.map(({ lane }) => lane),
    boards: drawn.flatMap(({ boards }) => boards),
    list: drawList(random.fork('list')),
    tempo: draw.pick([0.4, 1, 2, 4]),
  };
}

interface LaneTerms {
  readonly isRoute: boolean;
  readonly isShared: boolean;
  readonly hasFire: boolean;
  readonly pollMs: number;
}

interface DrawnLane {
  readonly lane: LanePlan;
  readonly boards: readonly BoardPlan[];
  readonly line: string;
}

function drawLane(id: string, draw: Random, terms: LaneTerms): DrawnLane {
  const device = `${id}-board`;
  const line = terms.isShared ? 'line' : `${id}-line`;
  const directions = draw.pick<readonly Direction[]>([['in'], ['in'], ['out'], ['out'], ['in', 'out']]);
  const barrier = drawBarrier(draw, device, line, terms);
  const sensors = drawSensors(id, draw, directions, barrier, terms);
  const cameras = directions.map((direction): CameraBinding => ({ device: `${id}-camera-${direction}`, direction }));
  const readers: readonly ReaderBinding[] = draw.chance(0.4)
    ? directions.map((direction) => ({ device: `${id}-reader-${direction}`, direction }))
    : [];
  const inputs = sensors.map(({ input }) => input);
  const freeExit = draw.chance(0.7);
  const model: LaneModel = {
    id,
    name: id,
    directions,
    commissioned: draw.chance(0.95),
    portal: barrier,
    cameras,
    readers,
    inputs,
    exitPolicy: freeExit ? 'free' : draw.pick(['known', 'paid']),
    blindExitAfterMs: freeExit && directions.includes('out') && draw.chance(0.3) ? 10_000 : null,
    groups: [],
    boardProtected: draw.chance(0.5),
    longVehicles: draw.chance(0.2),
    buttonCloses: inputs.every(({ role }) => role !== 'closeButton') && draw.chance(0.3),
    onObstructionUnknown: draw.chance(0.8) ? 'stayOpen' : 'yieldToBoard',
    timing: {
      armWindowMs: 5000,
      clearForMs: draw.pick([1000, 1000, 3000]),
      closeAfterClearMs: draw.pick([500, 1000]),
      notTakenAfterMs: draw.pick([12_000, 20_000]),
      heldOpenAlarmAfterMs: draw.pick([30_000, 60_000]),
      announceMs: 3000,
      staleAfterMs: Math.max(1000, 3 * terms.pollMs),
      secondFactorWindowMs: 15_000,
      doorReleaseMs: 5000,
    },
    presenceFromCamera: inputs.every(({ role }) => role !== 'arming') && draw.chance(0.5),
    secondFactorFallback: draw.pick(['refer', 'singleFactor']),
    minConfidence: 0.8,
  };
  const closes = barrier.autoClose === 'board' ? draw.whole(3, 10) * 1000 : null;
  const boom: BoomPlan = {
    travelMs: barrier.travelMs,
    closesAfterMs: closes,
    fallsOnRelease: barrier.close === 'none' || draw.chance(0.5),
    isStep: barrier.openInput === 'step',
    homesOnPower: draw.chance(0.5),
    protects: draw.chance(0.5),
  };
  const devices = [...new Set([device, ...inputs.map((input) => input.device)])];
  const readsBack = draw.chance(0.7);
  const boards = devices.map((name): BoardPlan => ({ id: name, pollMs: terms.pollMs, readsBack }));
  return { lane: { id, model, boom, sensors }, boards, line };
}

function drawBarrier(draw: Random, device: string, line: string, { isRoute }: LaneTerms): BarrierModel {
  const isStep = !isRoute && draw.chance(0.18);
  const open = isStep || draw.chance(0.7) ? 'pulse' : 'maintained';
  const autoClose = isStep || draw.chance(0.4) ? 'board' : 'gateway';
  const limits = draw.pick(['both', 'both', 'both', 'closed', 'open', 'none', 'none']);
  return {
    kind: 'barrier',
    device,
    line,
    open,
    openInput: isStep ? 'step' : 'dedicated',
    hold: isStep
      ? 'none'
      : open === 'maintained'
        ? 'maintained'
        : draw.pick(isRoute ? ['maintained', 'holdInput'] : ['maintained', 'holdInput', 'none']),
    stop: draw.chance(0.3) ? 'wired' : 'none',
    close: open === 'maintained' && draw.chance(0.5) ? 'none' : 'pulse',
    announce: draw.chance(0.3) ? 'wired' : 'none',
    autoClose,
    travelMs: draw.whole(15, 50) * 100,
    hasOpenLimit: limits === 'both' || limits === 'open',
    hasClosedLimit: limits === 'both' || limits === 'closed',
  };
}

function drawSensors(
  id: string,
  draw: Random,
  directions: readonly Direction[],
  barrier: BarrierModel,
  terms: LaneTerms,
): readonly SensorPlan[] {
  const device = `${id}-board`;
  const found: SensorPlan[] = [];
  const add = (
    role: InputRole,
    zone: Zone | null = null,
    more: Partial<InputModel> = {},
    feelsMetalOnly = true,
  ): number => found.push({ input: { id: role, role, device, ...more }, zone, feelsMetalOnly });
  if (barrier.hasOpenLimit) add('openLimit');
  if (barrier.hasClosedLimit) add('closedLimit');
  for (const direction of directions) {
    if (!draw.chance(0.88)) continue;
    const isSecond = direction === 'out' && directions.length > 1;
    add('arming', inward(ARMING, direction), { id: isSecond ? 'armingOut' : 'arming', direction });
  }
  const elsewhere = draw.chance(0.2) ? `${id}-radar` : device;
  const needsObstruction = barrier.autoClose === 'gateway' || barrier.hold !== 'none';
  const kind = needsObstruction || draw.chance(0.8) ? draw.pick(['loop', 'radar', 'both', 'beam']) : 'nothing';
  if (kind === 'loop' || kind === 'both') add('obstruction', LOOP, { detects: 'vehicle' });
  if (kind === 'radar') add('obstruction', RADAR, { detects: 'both', device: elsewhere }, false);
  if (kind === 'both') add('obstruction', BEAM, { id: 'obstruction2', detects: 'person', device: elsewhere }, false);
  if (kind === 'beam') add('obstruction', BEAM, { detects: 'both' }, false);
  if (directions.length === 1 && draw.chance(0.4)) add('departure', inward(DEPARTURE, directions[0] ?? 'in'));
  add('button');
  if (draw.chance(0.3)) add('closeButton');
  if (terms.hasFire) {
    const isPair = draw.chance(0.3);
    add('fire', null, isPair ? { supervision: 'pair' } : {});
    if (isPair) add('fireNo');
    if (draw.chance(0.4)) add('emergency', null, { reach: draw.pick(['lane', 'site']) });
  }
  return found;
}

function inward({ from, to }: Zone, direction: Direction): Zone {
  return direction === 'in' ? { from, to } : { from: -to, to: -from };
}
