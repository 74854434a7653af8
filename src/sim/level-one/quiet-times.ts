/** When polls may be passed over: nothing moves, nothing has changed lately, and no time is near at which a held level begins to mean more. */
import type { Agenda } from '../yard/agenda.ts';
import type { LaneYard } from '../yard/lane-yard.ts';

/** After a change: readings settle, a silence is told. */
const SETTLING_MS = 1600;
/** Stale or broken, the lamp, the latch, a stuck button, a stuck sensor: each with room on either side. */
const HELD_MS: readonly (readonly [number, number])[] = [
  [2700, 3700],
  [4700, 5700],
  [59_000, 61_500],
  [599_000, 601_500],
];

export class QuietTimes {
  readonly #agenda: Agenda;
  readonly #yards: readonly LaneYard[];
  readonly #mayPassOver: boolean;
  #awakeUntil = 0;
  #wasMoving = false;

  constructor(agenda: Agenda, yards: readonly LaneYard[], mayPassOver: boolean) {
    this.#agenda = agenda;
    this.#yards = yards;
    this.#mayPassOver = mayPassOver;
  }

  /** Something that is read has changed, or has come to stand where it is felt. */
  touched(): void {
    if (!this.#mayPassOver) return;
    const { now } = this.#agenda;
    this.#stayAwake(now + SETTLING_MS);
    for (const [from, to] of HELD_MS)
      this.#agenda.at(now + from, () => {
        if (this.#yards.some(isHeldSomewhere)) this.#stayAwake(now + to);
      });
  }

  get isQuiet(): boolean {
    if (!this.#mayPassOver) return false;
    const isMoving = this.#yards.some((yard) => !yard.isStill);
    if (this.#wasMoving && !isMoving) this.touched();
    this.#wasMoving = isMoving;
    return !isMoving && this.#agenda.now >= this.#awakeUntil;
  }

  #stayAwake(until: number): void {
    this.#awakeUntil = Math.max(this.#awakeUntil, until);
  }
}

/** A level that begins to mean more when it lasts. */
function isHeldSomewhere(yard: LaneYard): boolean {
  return yard.plan.sensors.some((sensor) => {
    const { role } = sensor.input;
    return role !== 'openLimit' && role !== 'closedLimit' && role !== 'arming' && yard.says(sensor) !== false;
  });
}
