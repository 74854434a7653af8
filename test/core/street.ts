/**
 * A street through one gate: vehicles with a length, a place and a speed, people who cross under the boom, and sensors that feel what
 * stands over them as long as they work. Knows nothing of the core; what it judges by is where things are and what was sent.
 */
import type { World } from './lane-harness.ts';

/** A tailgater goes for as long as the boom is half up; whoever dashes steps under it as it falls. */
export type ActorKind = 'car' | 'trailer' | 'reverser' | 'staller' | 'tailgater' | 'person' | 'dasher';

export interface Actor {
  readonly kind: ActorKind;
  /** ms after the begin of the run. */
  readonly at: number;
  /** m/s. */
  readonly speed: number;
  /** How long it stands under the boom where its kind does so, ms. */
  readonly standsMs: number;
}

export interface Sensor {
  readonly id: string;
  readonly device: string;
  readonly feels: 'vehicle' | 'both';
  state: 'works' | 'stuckOn' | 'stuckOff' | 'silent';
}

/** Metres along the road, the boom at 0. */
const ARMING = [-5, -1.5] as const;
const UNDER = [-0.8, 0.8] as const;
const STOP_LINE = -1.8;
const GONE = 14;
const TICK_MS = 50;
const PLATES = ['京A12345', '京B67890', '京C24680'];

interface OnTheRoad {
  readonly actor: Actor;
  readonly plate: string;
  /** Stretches that it covers, behind its nose. */
  readonly body: readonly (readonly [from: number, to: number])[];
  nose: number;
  stoodMs: number;
  goesBack: boolean;
  readAt: number | null;
}

const BODIES: Readonly<Record<ActorKind, OnTheRoad['body']>> = {
  car: [[0, 4.5]],
  reverser: [[0, 4.5]],
  staller: [[0, 4.5]],
  tailgater: [[0, 4.5]],
  trailer: [
    [0, 5],
    [6.2, 11],
  ],
  person: [],
  dasher: [],
};

export class Street {
  readonly world: World;
  readonly sensors: readonly Sensor[];
  readonly wrongs: string[] = [];
  /** How often somebody has been felt under a boom that fell on our word. */
  met = 0;
  readonly #limitMs: number;
  #road: OnTheRoad[] = [];
  #people: { readonly until: number }[] = [];
  #coming: Actor[];
  readonly #newest = new Map<string, { readonly at: number; readonly value: boolean }>();
  #seen = 0;
  #feltSince: number | null = null;
  #metNow = false;
  #reads = 0;

  constructor(world: World, sensors: readonly Sensor[], actors: readonly Actor[], reopensWithinMs: number) {
    this.world = world;
    this.sensors = sensors;
    this.#limitMs = reopensWithinMs;
    this.#coming = actors.map((actor) => ({ ...actor, at: world.now + actor.at })).sort((a, b) => a.at - b.at);
    const feed = world.feed.bind(world);
    world.feed = (input) => {
      const frames = world.sent.length;
      if (input.kind === 'observed' && input.observation.kind === 'inputsRead') {
        const { device, at, values } = input.observation;
        for (const [id, value] of Object.entries(values)) this.#newest.set(`${device}.${id}`, { at, value });
      }
      feed(input);
      if (world.sent.length !== frames) this.#judgeFrames();
    };
  }

  /** Nobody is there, and nobody comes but who waits for a boom to fall. */
  get isEmpty(): boolean {
    const coming = this.#coming.some(({ kind }) => kind !== 'dasher');
    return this.#road.length === 0 && this.#people.length === 0 && !coming;
  }

  /** Whoever has not come by now stays away. */
  calm(): void {
    this.#coming = [];
  }

  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.#move();
      this.#feel();
      this.world.run(TICK_MS);
      this.#judgeFrames();
      this.#judgeBoom();
    }
  }

  #move(): void {
    const { world } = this;
    const due = this.#coming.filter(({ kind, at }) => at <= world.now && (kind !== 'dasher' || world.boom().isFalling));
    this.#coming = this.#coming.filter((one) => !due.includes(one));
    for (const actor of due) this.#enter(actor);
    this.#people = this.#people.filter(({ until }) => until > world.now);
    let ahead = Number.POSITIVE_INFINITY;
    for (const one of this.#road) {
      this.#drive(one, ahead);
      ahead = Math.min(ahead, one.nose - lengthOf(one) - 0.8);
    }
    this.#road = this.#road.filter(({ nose, goesBack }) => nose < GONE && !(goesBack && nose < -12));
  }

  #enter(actor: Actor): void {
    if (actor.kind === 'person' || actor.kind === 'dasher') {
      this.#people.push({ until: this.world.now + actor.standsMs });
      return;
    }
    const last = this.#road.at(-1);
    const nose = Math.min(-8, last === undefined ? -8 : last.nose - lengthOf(last) - 1);
    const plate = PLATES[this.#reads++ % PLATES.length] ?? '';
    const body = BODIES[actor.kind];
    this.#road.push({ actor, plate, body, nose, stoodMs: 0, goesBack: false, readAt: null });
  }

  #drive(one: OnTheRoad, ahead: number): void {
    const { world } = this;
    const step = (one.actor.speed * TICK_MS) / 1000;
    if (one.goesBack) {
      one.nose -= step;
      return;
    }
    const up = world.boom().height >= (one.actor.kind === 'tailgater' ? 0.5 : 0.95);
    // Whoever is past the line drives on whatever the boom does: that is what the sensors are for.
    if (one.nose <= STOP_LINE && one.nose + step > STOP_LINE && !up) {
      this.#showPlate(one);
      return;
    }
    const stands = one.actor.kind === 'staller' || one.actor.kind === 'reverser';
    if (stands && one.nose >= 0.6 && one.stoodMs < one.actor.standsMs) {
      one.stoodMs += TICK_MS;
      if (one.actor.kind === 'reverser' && one.stoodMs >= one.actor.standsMs) one.goesBack = true;
      return;
    }
    one.nose = Math.min(one.nose + step, Math.max(one.nose, ahead));
    if (one.nose > ARMING[0]) this.#showPlate(one);
  }

  /** A camera reads a car as it comes, and again while it stands. */
  #showPlate(one: OnTheRoad): void {
    const { now } = this.world;
    if (one.readAt !== null && now - one.readAt < 5000) return;
    one.readAt = now;
    this.world.plate(one.plate, { confidence: 0.97, eventId: `read-${now}-${one.plate}` });
  }

  #over(zone: readonly [number, number]): boolean {
    return this.#road.some(({ nose, body }) => body.some(([from, to]) => nose - from > zone[0] && nose - to < zone[1]));
  }

  #isFelt({ feels }: Sensor): boolean {
    return this.#over(UNDER) || (feels === 'both' && this.#people.length > 0);
  }

  #feel(): void {
    const { world } = this;
    world.set('arming', this.#over(ARMING));
    for (const sensor of this.sensors) {
      const { id, device, state } = sensor;
      if (state === 'silent') world.mute(id, device);
      else world.unmute(id, device);
      world.set(id, state === 'stuckOn' || (state !== 'stuckOff' && this.#isFelt(sensor)), device);
    }
  }

  /** Each close frame: what every sensor was last read to be, and when. The driver's own look counts as a read of its device. */
  #judgeFrames(): void {
    const { sent } = this.world;
    for (; this.#seen < sent.length; this.#seen++) {
      const frame = sent[this.#seen];
      if (frame === undefined || (frame.command.action !== 'pulseClose' && frame.command.action !== 'holdOff'))
        continue;
      for (const { id, device } of this.sensors) {
        if (frame.command.device === device && frame.command.onlyIfClear.includes(id)) continue;
        const newest = this.#newest.get(`${device}.${id}`);
        const ageMs = frame.at - (newest?.at ?? Number.NEGATIVE_INFINITY);
        if (newest?.value !== false || ageMs > 250)
          this.wrongs.push(`close at ${frame.at}: ${device}.${id} read ${String(newest?.value)} ${ageMs} ms before`);
      }
    }
  }

  /** A working sensor that feels somebody under a boom that falls on our word: it rises in time. */
  #judgeBoom(): void {
    const { world } = this;
    const moves = world.sent.filter(({ command }) => /^(pulse|hold)/.test(command.action));
    const ours = moves.some(({ command }) => command.action === 'pulseClose' || command.action === 'holdOff');
    const felt = this.sensors.some((sensor) => sensor.state === 'works' && this.#isFelt(sensor));
    if (!ours || !felt || !world.boom().isFalling) {
      this.#feltSince = null;
      this.#metNow = false;
      return;
    }
    this.#feltSince ??= world.now;
    if (!this.#metNow) this.met += 1;
    this.#metNow = true;
    if (world.now - this.#feltSince === this.#limitMs)
      this.wrongs.push(`at ${world.now} the boom has fallen on somebody for ${this.#limitMs} ms`);
  }
}

function lengthOf({ body }: OnTheRoad): number {
  return Math.max(...body.map(([, to]) => to));
}
