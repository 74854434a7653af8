/**
 * One lane and a handful of things that may happen to it, so few that every order of them can be played, with all judges looking
 * on (`npm run sim -- --small DEPTH`). What chance passes over for a million hours may be the third of three inputs.
 */
import type { BoomPlan } from '../yard/boom.ts';
import type { CheckerOf, Scene } from './run.ts';
import type { Core } from './core-gateway.ts';
import type { InputRole, LaneModel, SiteModel } from '../../core/site-model.ts';
import type { LanePlan, SensorPlan, SitePlan } from '../crowd/site-plan.ts';
import { drawList } from '../crowd/list.ts';
import { seededRandom } from '../random.ts';
import { Agenda } from '../yard/agenda.ts';
import { Body, type Zone } from '../yard/body.ts';
import { Field } from '../yard/field.ts';
import { LaneYard } from '../yard/lane-yard.ts';
import { Broken, type Witness, Witnesses } from '../yard/witness.ts';
import { CoreGateway } from './core-gateway.ts';
import { Registry } from './registry.ts';

/**
 * press: the guard's button · under: something comes under the boom, or goes · card: the resident's card at the reader · hand:
 * somebody pushes the boom to its other end · fire: the contact, or its end and the release · restart · tick: nothing, for long.
 */
export const SMALL_INPUTS = ['press', 'under', 'card', 'hand', 'fire', 'restart', 'tick'] as const;
export type SmallInput = (typeof SMALL_INPUTS)[number];

const STEP_MS = 700;
const TICK_MS = 5000;
const AFTERMATH_MS = 60_000;
const MONDAY = 1_795_399_200_000;
const LOOP: Zone = { from: -1.1, to: 1.3 };
const CAR = [{ from: 0, to: 4.5, isMetal: true }];

/** Null: no judge found anything. */
export function playSmall(core: Core, inputs: readonly SmallInput[], checkers: readonly CheckerOf[]): Broken | null {
  const world = new SmallWorld(core, checkers);
  try {
    world.start();
    for (const input of inputs) world.act(input);
    world.run(TICK_MS);
    return null;
  } catch (error) {
    if (error instanceof Broken) return error;
    throw error;
  }
}

/** Every order of so many inputs, shortest first within none: each is played to its end from the beginning. */
export function* everyOrder(depth: number): Generator<readonly SmallInput[]> {
  const at = Array.from({ length: depth }, () => 0);
  for (;;) {
    yield at.map((index) => SMALL_INPUTS[index] as SmallInput);
    let place = depth - 1;
    while (place >= 0 && at[place] === SMALL_INPUTS.length - 1) at[place--] = 0;
    if (place < 0) return;
    at[place] = (at[place] as number) + 1;
  }
}

class SmallWorld {
  readonly #agenda = new Agenda();
  readonly #yard: LaneYard;
  readonly #field: Field;
  readonly #gateway: CoreGateway;
  readonly #witness: Witnesses;
  readonly #list = drawList(seededRandom(1));
  #troubledUntil = 0;
  #car: Body | null = null;

  constructor(core: Core, checkers: readonly CheckerOf[]) {
    const agenda = this.#agenda;
    const random = seededRandom(1);
    const told: Witness[] = [];
    const witness = new Witnesses(told);
    this.#witness = witness;
    this.#yard = new LaneYard(LANE, agenda, { looked: ({ id }) => witness.looked(id, agenda.now) });
    const registry = new Registry(this.#list.rows);
    const boards = [{ id: BOARD, pollMs: 100, readsBack: true }];
    this.#field = new Field(agenda, boards, [this.#yard], random.fork('field'), witness);
    this.#gateway = new CoreGateway(
      {
        ...{ core, agenda, field: this.#field, registry, witness, random: random.fork('gateway') },
        wall: () => ({ wall: MONDAY + agenda.now, wallTrusted: true }),
      },
      SITE,
    );
    const plan: SitePlan = {
      ...{ seed: 1, hazards: new Set(), model: SITE, lanes: [LANE], boards, list: this.#list, tempo: 1 },
    };
    const scene: Scene = {
      ...{ plan, agenda, yards: [this.#yard], field: this.#field, registry },
      calmFor: () => agenda.now - this.#troubledUntil,
    };
    told.push(...checkers.map((make) => make(scene)));
  }

  start(): void {
    this.#gateway.start();
    this.run(1500);
  }

  act(input: SmallInput): void {
    switch (input) {
      case 'press':
        this.#level('button', true);
        this.#agenda.after(350, () => this.#level('button', false));
        break;
      case 'under':
        this.#comeOrGo();
        break;
      case 'card':
        this.#showCard();
        break;
      case 'hand':
        this.#trouble();
        this.#yard.boom.byHand(this.#yard.boom.isDown ? 1 : 0);
        break;
      case 'fire':
        this.#fire();
        break;
      case 'restart':
        this.#trouble();
        this.#gateway.cut();
        this.run(300);
        this.#gateway.start();
        break;
      case 'tick':
        this.run(TICK_MS);
        break;
    }
    this.run(STEP_MS);
  }

  run(ms: number): void {
    const end = this.#agenda.now + ms;
    for (;;) {
      const dueAt = this.#agenda.nextAt;
      const pollAt = this.#field.nextPollAt;
      if (Math.min(dueAt, pollAt) > end) break;
      if (pollAt > dueAt) this.#agenda.step();
      else this.#field.poll();
    }
    this.#agenda.now = end;
  }

  #level(input: string, isActive: boolean): void {
    this.#yard.set(input, isActive);
  }

  #trouble(): void {
    this.#troubledUntil = this.#agenda.now + AFTERMATH_MS;
  }

  #comeOrGo(): void {
    if (this.#car === null) {
      this.#car = new Body('in', CAR, 1, this.#agenda.now);
      this.#yard.bodies.add(this.#car);
    } else {
      this.#yard.bodies.delete(this.#car);
      this.#car = null;
    }
    this.#yard.stir();
  }

  #showCard(): void {
    const { now } = this.#agenda;
    const text = this.#list.cards[0] ?? '';
    const device = 'l1-reader-in';
    this.#witness.shown({
      ...{ at: now, device, lane: LANE.id, direction: 'in', text, isLive: true, isSure: true, visit: null },
    });
    this.#gateway.observe({
      ...{ kind: 'cardRead', device, bits: 24, value: text, format: 'w26', receivedAt: now, late: false },
    });
  }

  #fire(): void {
    this.#trouble();
    const isOn = !this.#yard.isSet('fire');
    this.#level('fire', isOn);
    if (isOn) return;
    this.run(STEP_MS);
    const by = { via: 'screen', name: '王' };
    this.#gateway.request({ kind: 'releaseClaim', lane: LANE.id, by, key: `fire:${BOARD}.fire` });
  }
}

const BOARD = 'l1-board';

function sensor(role: InputRole, zone: Zone | null = null): SensorPlan {
  const detects = role === 'obstruction' ? { detects: 'both' as const } : {};
  return { input: { id: role, role, device: BOARD, ...detects }, zone, feelsMetalOnly: true };
}

const SENSORS = [
  sensor('openLimit'),
  sensor('closedLimit'),
  sensor('obstruction', LOOP),
  sensor('button'),
  sensor('fire'),
];

const MODEL: LaneModel = {
  id: 'l1',
  name: 'l1',
  directions: ['in'],
  commissioned: true,
  portal: {
    ...{ kind: 'barrier', device: BOARD, line: 'line', open: 'pulse', openInput: 'dedicated', hold: 'maintained' },
    ...{ stop: 'none', close: 'pulse', announce: 'none', autoClose: 'gateway', travelMs: 1500 },
    ...{ hasOpenLimit: true, hasClosedLimit: true },
  },
  cameras: [],
  readers: [{ device: 'l1-reader-in', direction: 'in' }],
  inputs: SENSORS.map(({ input }) => input),
  exitPolicy: 'free',
  blindExitAfterMs: null,
  groups: [],
  boardProtected: true,
  longVehicles: false,
  buttonCloses: false,
  onObstructionUnknown: 'stayOpen',
  timing: {
    ...{ armWindowMs: 5000, clearForMs: 1000, closeAfterClearMs: 500, notTakenAfterMs: 12_000 },
    ...{ heldOpenAlarmAfterMs: 30_000, announceMs: 3000, staleAfterMs: 1000, secondFactorWindowMs: 15_000 },
    doorReleaseMs: 5000,
  },
  presenceFromCamera: false,
  secondFactorFallback: 'refer',
  minConfidence: 0.8,
};

const BOOM: BoomPlan = {
  ...{ travelMs: 1500, closesAfterMs: null, fallsOnRelease: false, isStep: false },
  ...{ homesOnPower: false, protects: false },
};

const LANE: LanePlan = { id: 'l1', model: MODEL, boom: BOOM, sensors: SENSORS };

const SITE: SiteModel = {
  ...{ id: 'site', name: '小区', timezone: 'Asia/Shanghai', homeProvince: '京', configHash: 'c0' },
  lanes: [MODEL],
  routes: [],
  interlocks: [],
  calendar: { days: {}, years: [2026], windows: {} },
  near: { suggest: true },
  emergencyPlates: [],
  closingsAtOnce: { line: 1 },
};
