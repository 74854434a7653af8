/** What people and faults act upon: the yard, the boards, the list, and whatever gateway stands there now. */
import type { PlateRead } from '../../core/presentation.ts';
import type { Direction } from '../../core/values.ts';
import type { Random } from '../random.ts';
import type { Agenda } from '../yard/agenda.ts';
import type { Boards, GatewayPort } from '../yard/field.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import type { Standing, Witness } from '../yard/witness.ts';
import type { Hazard } from './hazards.ts';
import type { SitePlan } from './site-plan.ts';

export interface Surroundings {
  readonly agenda: Agenda;
  readonly plan: SitePlan;
  readonly field: Boards;
  readonly yards: readonly LaneYard[];
  readonly random: Random;
  readonly witness: Required<Witness>;
  /** Null while it has no power. */
  gateway(): GatewayPort | null;
  /** By the wall, as cameras have it too. */
  wall(): number;
  has(hazard: Hazard): boolean;
  /** Something of this lane, or of the whole site (null), is not as it should be, from now for so long. */
  trouble(lane: string | null, ms: number): void;
  /** A level or a sensor has changed without anything moving. */
  touched(): void;
}

/** One camera's eye and memory; dead ones see nothing. */
export class Cameras {
  readonly #on: Surroundings;
  readonly #random: Random;
  readonly dead = new Set<string>();
  #events = 0;

  constructor(on: Surroundings) {
    this.#on = on;
    this.#random = on.random.fork('cameras');
  }

  /** `plate` '': a car without a text. `isLeaving`: its back is seen. */
  see(
    lane: string,
    direction: Direction,
    plate: string,
    color: PlateRead['color'],
    visit: Standing,
    isLeaving = false,
  ): void {
    const device = `${lane}-camera-${direction}`;
    if (this.dead.has(device)) return;
    const random = this.#random;
    const isMisread = plate !== '' && this.#on.has('misreads') && random.chance(0.3);
    const isUnsure = isMisread && random.chance(0.6);
    const raw = isMisread && !isUnsure ? garbled(plate, random) : plate;
    const event = random.chance(0.7) ? `e${++this.#events}` : null;
    const read: PlateRead = {
      kind: 'plateRead',
      device,
      raw,
      color,
      confidence: isUnsure ? 0.5 : random.chance(0.9) ? 0.97 : null,
      heading: isLeaving ? 'leaving' : random.chance(0.8) ? 'approaching' : 'unknown',
      late: false,
      eventId: event,
      cameraWall: event !== null || random.chance(0.5) ? this.#on.wall() : null,
      receivedAt: this.#on.agenda.now,
      vendor: {},
    };
    this.#deliver(lane, direction, read, true, !isMisread && !isLeaving && plate !== '', visit);
    if (!this.#on.has('replays') || !random.chance(0.4)) return;
    const late = random.pick<PlateRead['late']>(['replayed', 'historical', 'held', false, false]);
    // Sent again as if it were new: only the camera's own mark of the event tells, where the gateway has heard it before.
    if (late === false && (read.eventId === null || read.cameraWall === null || this.#on.gateway() === null)) return;
    this.#on.agenda.after(random.whole(200, 90_000), () => {
      const again = { ...read, late, receivedAt: this.#on.agenda.now };
      if (!this.dead.has(device)) this.#deliver(lane, direction, again, false, false, null);
    });
  }

  showCard(lane: string, direction: Direction, value: string, visit: Standing | null): void {
    const device = `${lane}-reader-${direction}`;
    if (this.dead.has(device)) return;
    const { now } = this.#on.agenda;
    this.#on.witness.shown({
      ...{ at: now, device, lane, direction, text: value, isLive: true, isSure: true, visit },
    });
    this.#on.gateway()?.observe({
      ...{ kind: 'cardRead', device, bits: 24, value, format: 'w26', receivedAt: now, late: false },
    });
  }

  #deliver(
    lane: string,
    direction: Direction,
    read: PlateRead,
    isLive: boolean,
    isSure: boolean,
    visit: Standing | null,
  ): void {
    const { now } = this.#on.agenda;
    const isLeaving = read.heading === 'leaving';
    this.#on.witness.shown({
      ...{ at: now, device: read.device, lane, direction, text: read.raw, isLive, isSure, isLeaving, visit },
    });
    this.#on.gateway()?.observe(read);
  }
}

/** One sign read wrong. */
function garbled(plate: string, random: Random): string {
  const signs = [...plate];
  const at = random.whole(2, signs.length - 1);
  const wrong = random.pick([...'ABCDEFGH12345678']);
  signs[at] = wrong;
  return signs.join('');
}
