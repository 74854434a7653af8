/** One lane as it stands outdoors: its boom, whoever is in it, and what its sensors would say. */
import type { LanePlan, SensorPlan } from '../crowd/site-plan.ts';
import type { Agenda } from './agenda.ts';
import { type Body, DANGER, type Zone } from './body.ts';
import { Boom } from './boom.ts';

const LOOK_MS = 100;
const LOOP: Zone = { from: -1.1, to: 1.3 };

/** on, off: it says so whatever it feels · mute: the board's answers leave it out. */
export type SensorState = 'works' | 'on' | 'off' | 'mute';

export interface YardEvents {
  looked(yard: LaneYard): void;
}

export class LaneYard {
  readonly id: string;
  readonly plan: LanePlan;
  readonly boom: Boom;
  readonly bodies = new Set<Body>();
  readonly #agenda: Agenda;
  readonly #events: YardEvents;
  readonly #states = new Map<string, SensorState>();
  /** Buttons and contacts, as people and panels hold them. */
  readonly #levels = new Map<string, boolean>();
  #isLooking = false;
  #wasFelt = false;

  constructor(plan: LanePlan, agenda: Agenda, events: YardEvents) {
    this.id = plan.id;
    this.plan = plan;
    this.#agenda = agenda;
    this.#events = events;
    this.boom = new Boom(agenda, plan.boom, () => this.isOver(LOOP, true), { moved: () => this.stir() });
  }

  /** Is anything in motion here? */
  get isStill(): boolean {
    return !this.#isLooking;
  }

  isOver(zone: Zone, onlyMetal = false): boolean {
    for (const body of this.bodies) if (body.isOver(zone, this.#agenda.now, onlyMetal)) return true;
    return false;
  }

  get isUnderBoom(): boolean {
    return this.isOver(DANGER);
  }

  /** What this sensor feels, whatever it says of it. */
  truth({ input, zone, feelsMetalOnly }: SensorPlan): boolean {
    if (input.role === 'openLimit') return this.boom.isUp;
    if (input.role === 'closedLimit') return this.boom.isDown;
    if (zone !== null) return this.isOver(zone, feelsMetalOnly);
    return this.#levels.get(input.id) === true;
  }

  /** What it says; null where it says nothing. */
  says(sensor: SensorPlan): boolean | null {
    const state = this.stateOf(sensor.input.id);
    if (state === 'works') return this.truth(sensor);
    return state === 'mute' ? null : state === 'on';
  }

  stateOf(input: string): SensorState {
    return this.#states.get(input) ?? 'works';
  }

  breakSensor(input: string, state: SensorState): void {
    this.#states.set(input, state);
  }

  set(input: string, isActive: boolean): void {
    this.#levels.set(input, isActive);
  }

  isSet(input: string): boolean {
    return this.#levels.get(input) === true;
  }

  sensor(role: string): SensorPlan | undefined {
    return this.plan.sensors.find(({ input }) => input.role === role);
  }

  /** Something has begun to move: it is watched until all stands still. */
  stir(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#agenda.after(0, () => this.#look());
  }

  #look(): void {
    const felt = this.isOver(LOOP, true);
    if (felt !== this.#wasFelt) {
      this.#wasFelt = felt;
      this.boom.felt();
    }
    this.#events.looked(this);
    this.#isLooking = this.boom.isMoving || [...this.bodies].some((body) => body.speed !== 0);
    if (this.#isLooking) this.#agenda.after(LOOK_MS, () => this.#look());
  }
}
