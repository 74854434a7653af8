/** What breaks, and heals again: sensors, boards, booms, cameras, lines. Each has an end of its own; healing ends them all at once. */
import type { Random } from '../random.ts';
import type { LaneYard, SensorState } from '../yard/lane-yard.ts';
import type { Hazard } from './hazards.ts';
import type { Cameras, Surroundings } from './surroundings.ts';

/** A lane counts as troubled for so long after the end: readings, timers and booms come to rest. */
const AFTERMATH_MS = 60_000;

export class Troubles {
  readonly #on: Surroundings;
  readonly #random: Random;
  readonly #cameras: Cameras;
  readonly #open = new Set<() => void>();

  constructor(on: Surroundings, cameras: Cameras) {
    this.#on = on;
    this.#cameras = cameras;
    this.#random = on.random.fork('troubles');
  }

  strike(hazard: Hazard, yard: LaneYard): void {
    const random = this.#random;
    const { field } = this.#on;
    switch (hazard) {
      case 'sensorSticks':
        return this.#sensor(yard, 'on', random.pick([3000, 40_000, 700_000]));
      case 'sensorBlind':
        return this.#sensor(yard, 'off', random.whole(60_000, 900_000));
      case 'sensorPower':
        // Wired energised = clear: without its power it reads occupied.
        return this.#sensor(yard, 'on', random.whole(5000, 120_000), ['obstruction']);
      case 'sensorMute':
        return this.#sensor(yard, 'mute', random.whole(1000, 60_000));
      case 'boardSilent':
        return this.#board(yard);
      case 'cameraSilent':
        return this.#camera(yard);
      case 'lostReply':
        field.luck.lostReply = 0.3;
        return this.#for(
          yard,
          random.whole(10_000, 120_000),
          () => {
            field.luck.lostReply = 0;
          },
          true,
        );
      case 'lostFrame':
        field.luck.lostFrame = 0.3;
        return this.#for(
          yard,
          random.whole(10_000, 60_000),
          () => {
            field.luck.lostFrame = 0;
          },
          true,
        );
      case 'refusedFrame':
        field.luck.refused = 0.3;
        return this.#for(
          yard,
          random.whole(5000, 30_000),
          () => {
            field.luck.refused = 0;
          },
          true,
        );
      case 'boomJam':
        yard.boom.jam(true);
        return this.#for(yard, random.whole(3000, 120_000), () => yard.boom.jam(false));
      case 'boomSlow':
        yard.boom.slow(random.between(1.3, 3));
        return this.#for(yard, random.whole(60_000, 600_000), () => yard.boom.slow(1));
      case 'boomPower':
        yard.boom.power(false);
        return this.#for(yard, random.whole(2000, 60_000), () => yard.boom.power(true));
      case 'byHand':
        yard.boom.byHand(random.pick([0, 0.5, 1]));
        return this.#for(yard, 30_000, () => yard.boom.stop());
      case 'contactLeftOn':
        if (yard.plan.model.portal.kind !== 'none')
          field.leaveOn(yard.plan.model.portal.device, random.pick(['close', 'stop']));
        return this.#for(yard, 20_000, () => {});
      default:
        throw new RangeError(`${hazard} is no trouble`);
    }
  }

  /** Everything works again. */
  heal(): void {
    for (const end of [...this.#open]) end();
  }

  #for(yard: LaneYard, ms: number, end: () => void, isOfLine = false): void {
    // A line that loses frames loses those of every board.
    const where = isOfLine ? null : yard.id;
    this.#on.trouble(where, ms + AFTERMATH_MS);
    this.#on.touched();
    const once = (): void => {
      if (!this.#open.delete(once)) return;
      end();
      this.#on.trouble(where, AFTERMATH_MS);
      this.#on.touched();
    };
    this.#open.add(once);
    this.#on.agenda.after(ms, once);
  }

  #sensor(
    yard: LaneYard,
    state: SensorState,
    ms: number,
    roles: readonly string[] = ['obstruction', 'obstruction', 'arming', 'departure', 'closedLimit', 'openLimit'],
  ): void {
    const role = this.#random.pick(roles);
    const found = yard.plan.sensors.filter(({ input }) => input.role === role);
    const sensor = found[0];
    if (sensor === undefined || yard.stateOf(sensor.input.id) !== 'works') return;
    yard.breakSensor(sensor.input.id, state);
    this.#for(yard, ms, () => yard.breakSensor(sensor.input.id, 'works'));
  }

  #board(yard: LaneYard): void {
    const { field } = this.#on;
    const own = yard.plan.sensors.map(({ input }) => input.device);
    const device = this.#random.pick([...new Set([`${yard.id}-board`, ...own])]);
    if (field.isDown(device)) return;
    field.silence(device, this.#random.chance(0.3));
    this.#for(yard, this.#random.pick([300, 2000, 15_000, 120_000]), () => field.bringBack(device));
  }

  #camera(yard: LaneYard): void {
    const { model } = yard.plan;
    const devices = [...model.cameras, ...model.readers].map(({ device }) => device);
    if (devices.length === 0) return;
    const device = this.#random.pick(devices);
    if (this.#cameras.dead.has(device)) return;
    this.#cameras.dead.add(device);
    const told = this.#random.whole(1000, 5000);
    const tell = (kind: 'deviceSilent' | 'deviceReturned'): void =>
      this.#on.gateway()?.observe(kind === 'deviceSilent' ? { kind, device, why: 'no answer' } : { kind, device });
    this.#on.agenda.after(told, () => {
      if (this.#cameras.dead.has(device)) tell('deviceSilent');
    });
    this.#for(yard, this.#random.whole(8000, 120_000), () => {
      this.#cameras.dead.delete(device);
      tell('deviceReturned');
    });
  }
}
