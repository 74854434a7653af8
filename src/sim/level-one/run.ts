/** One run of level 1: the world that a seed draws, the real core in it, and the checkers around both. */
import { type Cast, HOUR_MS, Season } from '../crowd/season.ts';
import { healing } from '../crowd/healing.ts';
import { LaneCrowd } from '../crowd/lane-crowd.ts';
import { People } from '../crowd/people.ts';
import { drawSite, type SitePlan } from '../crowd/site-plan.ts';
import { Scenes } from '../crowd/scenes.ts';
import { Staff } from '../crowd/staff.ts';
import { Cameras, type Surroundings } from '../crowd/surroundings.ts';
import { Troubles } from '../crowd/troubles.ts';
import { seededRandom } from '../random.ts';
import { Agenda } from '../yard/agenda.ts';
import { type Boards, Field } from '../yard/field.ts';
import { LaneYard } from '../yard/lane-yard.ts';
import { Broken, type Witness, Witnesses } from '../yard/witness.ts';
import { type Core, CoreGateway } from './core-gateway.ts';
import { KitMachine } from './kit-machine.ts';
import { Registry } from './registry.ts';
import { Repeats } from './repeats.ts';

/** What a checker is made for: the world as anybody there sees it. */
export interface Scene {
  readonly plan: SitePlan;
  readonly agenda: Agenda;
  readonly yards: readonly LaneYard[];
  readonly field: Boards;
  readonly registry: Pick<Registry, 'row' | 'rowsAt' | 'byKey'>;
  /** Has nothing been wrong with this lane for so long, ms? */
  calmFor(lane: string): number;
}

export type CheckerOf = (scene: Scene) => Witness & { atEnd?(): void };

export interface RunOptions {
  readonly core: Core;
  readonly seed: number;
  readonly hours: number;
  readonly checkers: readonly CheckerOf[];
  /** False: every poll is taken, also where nothing would come of it. */
  readonly skipsQuiet?: boolean;
}

export interface RunResult {
  readonly plan: SitePlan;
  readonly broken: Broken | null;
  /** Virtual time at the end, ms. */
  readonly ms: number;
  readonly laneHours: number;
}

/** Things that may be due in one and the same moment. */
const STILL_MAX = 20_000;
/** Deeds and polls of one lane in one hour; a lane that is read ten times a second comes to half of it. */
const EVENTS_MAX = 200_000;
/** 2026-11-23, a Monday, 10:00 in Shanghai. */
const MONDAY = 1_795_399_200_000;

export function run(options: RunOptions): RunResult {
  const world = new World(options);
  let broken: Broken | null = null;
  try {
    world.play(options.hours);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    broken = error;
  }
  const ms = world.now;
  return { plan: world.plan, broken, ms, laneHours: (ms / HOUR_MS) * world.plan.lanes.length };
}

class World {
  readonly plan: SitePlan;
  readonly #agenda = new Agenda();
  readonly #field: Field;
  readonly #gateway: CoreGateway;
  readonly #yards: readonly LaneYard[];
  readonly #season: Season;
  readonly #cast: Cast;
  readonly #machine: KitMachine;
  readonly #scenes: Scenes;
  /** Null: every poll is taken. */
  readonly #repeats: Repeats | null;
  #wasMoving = true;
  readonly #checkers: readonly (Witness & { atEnd?(): void })[];
  readonly #troubledUntil = new Map<string, number>();
  #events = 0;

  constructor({ core, seed, checkers, skipsQuiet = true }: RunOptions) {
    const random = seededRandom(seed);
    const agenda = this.#agenda;
    this.plan = drawSite(seed, random);
    const registry = new Registry(this.plan.list.rows);
    let crowds: readonly LaneCrowd[] = [];
    const told: Witness[] = [];
    const witness = new Witnesses(told);
    this.#yards = this.plan.lanes.map(
      (lane) =>
        new LaneYard(lane, agenda, {
          looked: ({ id }) => {
            crowds.find(({ yard }) => yard.id === id)?.tick();
            witness.looked(id, agenda.now);
            // A hand may move a boom between two polls.
            this.#wasMoving = true;
          },
        }),
    );
    this.#field = new Field(agenda, this.plan.boards, this.#yards, random.fork('field'), witness);
    const wall = { offset: MONDAY, isTrusted: true };
    this.#gateway = new CoreGateway(
      {
        ...{ core, agenda, field: this.#field, registry, witness, random: random.fork('gateway') },
        wall: () => ({ wall: wall.offset + agenda.now, wallTrusted: wall.isTrusted }),
      },
      this.plan.model,
    );
    this.#repeats = skipsQuiet ? new Repeats(Math.max(...this.plan.boards.map(({ pollMs }) => pollMs))) : null;
    this.#field.attention = this.#repeats;
    const on: Surroundings = {
      ...{ agenda, plan: this.plan, field: this.#field, yards: this.#yards, random, witness },
      gateway: () => (this.#gateway.isOn ? this.#gateway : null),
      wall: () => wall.offset + agenda.now,
      has: (hazard) => this.plan.hazards.has(hazard),
      trouble: (lane, ms) => this.#trouble(lane, ms),
      touched: () => this.#field.stirred(),
    };
    const scene: Scene = {
      ...{ plan: this.plan, agenda, yards: this.#yards, field: this.#field, registry },
      calmFor: (lane) => agenda.now - Math.max(this.#troubledUntil.get(lane) ?? 0, this.#troubledUntil.get('') ?? 0),
    };
    this.#checkers = checkers.map((make) => make(scene));
    told.push(...this.#checkers);
    const cameras = new Cameras(on);
    const booth = {
      asked: (lane: string, visit: Parameters<Staff['asked']>[1]) => this.#cast.staff.asked(lane, visit),
    };
    crowds = this.#yards.map((yard) => new LaneCrowd(yard, on, cameras, booth));
    this.#machine = new KitMachine(on, this.#gateway, registry, wall);
    this.#cast = {
      crowds,
      people: new People(on),
      staff: new Staff(on),
      troubles: new Troubles(on, cameras),
      machine: this.#machine,
    };
    told.push(this.#cast.staff.toDo);
    this.#season = new Season(on, this.#cast);
    this.#scenes = new Scenes(on, this.#cast, cameras);
  }

  get now(): number {
    return this.#agenda.now;
  }

  /** First under faults (safety), then healed (liveness). */
  play(hours: number): void {
    this.#gateway.start();
    for (let hour = 0; hour < hours; hour++) {
      this.#season.hour(true);
      this.#scenes.hour();
      this.#runTo((hour + 1) * HOUR_MS);
      this.#lookAtLimits();
    }
    this.#heal();
    for (const checker of this.#checkers) checker.atEnd?.();
  }

  #heal(): void {
    this.#machine.heal();
    this.#scenes.heal();
    const from = this.#agenda.now;
    for (const { afterMs, act } of healing(this.#cast, this.#season, this.#yards)) {
      this.#runTo(from + afterMs);
      act();
    }
  }

  #trouble(lane: string | null, ms: number): void {
    const until = Math.max(this.#troubledUntil.get(lane ?? '') ?? 0, this.#agenda.now + ms);
    this.#troubledUntil.set(lane ?? '', until);
  }

  #lookAtLimits(): void {
    const { size, timers } = this.#gateway;
    const lanes = this.plan.lanes.length;
    this.#events = 0;
    if (size > 60_000 * (lanes + 1)) throw new Broken('I15', 'the core remembers without limit', { size });
    if (timers > 30 * lanes + 5) throw new Broken('I15', 'timers without limit', { timers });
  }

  #runTo(end: number): void {
    const agenda = this.#agenda;
    const field = this.#field;
    const eventsMax = EVENTS_MAX * this.plan.lanes.length;
    let still = 0;
    for (;;) {
      const dueAt = agenda.nextAt;
      const pollAt = field.nextPollAt;
      const next = Math.min(dueAt, pollAt);
      if (next > end) break;
      // A season that never comes to its end is a fault of the core, and ends by name instead of hanging.
      if (++this.#events > eventsMax) throw new Broken('L1', 'an hour does not end', { at: agenda.now, eventsMax });
      if (pollAt > dueAt) {
        still = dueAt > agenda.now ? 0 : still + 1;
        if (still > STILL_MAX) throw new Broken('I15', 'time stands still: timers feed themselves', { at: agenda.now });
        agenda.step();
        continue;
      }
      if (!this.#passOver(pollAt, Math.min(dueAt, end))) field.poll();
    }
    agenda.now = end;
  }

  /** Whole stretches in which nothing moves, nothing is due, and every board would say again what it said. */
  #passOver(from: number, to: number): boolean {
    if (this.#repeats === null) return false;
    const isMoving = this.#yards.some((yard) => !yard.isStill);
    if (isMoving || this.#wasMoving) {
      this.#wasMoving = isMoving;
      this.#field.stirred();
      return false;
    }
    const until = Math.min(to, this.#repeats.nextAfter(from) - 1);
    if (until <= from || !this.#field.isQuiet(until)) return false;
    this.#field.passOver(until);
    return true;
  }
}
