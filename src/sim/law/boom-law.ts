/** Nobody under a boom that closes on our word (I2): judged by what the sensors were read to say, and by who stands there. */
import type { Command, Input, JournalRecord } from '../../core/io.ts';
import type { SensorPlan } from '../crowd/site-plan.ts';
import type { Scene } from '../level-one/run.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import { DANGER } from '../yard/body.ts';
import { Broken, type Witness } from '../yard/witness.ts';

const FRESH_MS = 250;
/** From the deadline's last moment to the frame on the wire. */
const WIRE_MS = 60;
/** Read at 5 Hz or faster while it closes; two reads may fail. */
const BLIND_MS = 450;
const REPEAT_MS = 650;
/** A read, a step, a frame. */
const REACTION_MS = 450;

/** What no close outlives: a new one may be decided afterwards, announced anew. */
const BREAKS_OFF: readonly string[] = ['clockStepped', 'configApplied'];

interface Ordered {
  readonly why: string;
  readonly ref: number;
  readonly cause: number;
}

interface Heard {
  readonly yard: LaneYard;
  readonly sensor: SensorPlan;
  value: boolean;
  at: number;
  clearSince: number | null;
  /** What it was until its device went silent, and when that was. */
  lost: { readonly at: number; readonly clearSince: number | null };
  /** The newest answer of its board held it. */
  isNamed: boolean;
}

export class BoomLaw implements Witness {
  readonly #scene: Scene;
  readonly #heard: readonly Heard[];
  readonly #openedAt = new Map<string, number>();
  readonly #closeAt = new Map<string, number>();
  readonly #announcedAt = new Map<string, number>();
  readonly #ordered = new Map<string, Ordered>();
  readonly #feltSince = new Map<string, number>();
  #mustRise: string[] = [];
  #bootAt = 0;
  /** The newest record of what no close outlives. */
  #brokenOff = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#heard = scene.yards.flatMap((yard) =>
      yard.plan.sensors
        .filter(({ input }) => input.role === 'obstruction')
        .map((sensor) => ({
          yard,
          sensor,
          value: true,
          at: Number.NEGATIVE_INFINITY,
          clearSince: null,
          lost: { at: Number.NEGATIVE_INFINITY, clearSince: null },
          isNamed: false,
        })),
    );
  }

  started(_boot: string, at: number): void {
    this.#bootAt = at;
    this.#mustRise = [];
    this.#closeAt.clear();
    this.#brokenOff = 0;
    for (const heard of this.#heard) {
      heard.at = Number.NEGATIVE_INFINITY;
      heard.clearSince = null;
    }
  }

  cut(): void {
    this.#closeAt.clear();
    this.#mustRise = [];
  }

  polled(device: string, values: Readonly<Record<string, boolean>>, at: number): void {
    for (const heard of this.#heard) {
      const { yard, sensor } = heard;
      if (sensor.input.device !== device) continue;
      const value = values[sensor.input.id];
      heard.isNamed = value !== undefined;
      if (value === undefined) continue;
      const isBroken = at - heard.at > yard.plan.model.timing.staleAfterMs;
      if (value) heard.clearSince = null;
      else if (heard.clearSince === null || isBroken) heard.clearSince = at;
      heard.value = value;
      heard.at = at;
      if (value && this.#isFallingOnOurWord(yard)) this.#mustRise.push(yard.id);
    }
    for (const yard of this.#scene.yards) {
      const blind = this.#heard.some((one) => one.yard === yard && at - one.at > BLIND_MS + FRESH_MS);
      if (blind && this.#isFallingOnOurWord(yard)) this.#mustRise.push(yard.id);
    }
  }

  polledQuietly(device: string, at: number): void {
    for (const heard of this.#heard) if (heard.sensor.input.device === device && heard.isNamed) heard.at = at;
  }

  wentSilent(device: string): void {
    for (const heard of this.#heard) {
      if (heard.sensor.input.device !== device || heard.clearSince === null) continue;
      heard.lost = { at: this.#scene.agenda.now, clearSince: heard.clearSince };
      heard.clearSince = null;
    }
  }

  recorded(record: JournalRecord, at: number): void {
    if (record.kind === 'announced' && record.lane !== null) this.#announcedAt.set(record.lane, at);
    if (BREAKS_OFF.includes(record.kind)) {
      this.#brokenOff = record.ref;
      this.#announcedAt.clear();
    }
    const { ref, cause, command, body } = record;
    if (record.kind !== 'commanded' || command === undefined) return;
    this.#ordered.set(command, { why: String(body.why), ref, cause: cause ?? 0 });
    if (this.#ordered.size > 500) for (const [id] of [...this.#ordered].slice(0, 250)) this.#ordered.delete(id);
  }

  ordered({ lane, action }: Command, at: number): void {
    if (action === 'pulseOpen' || action === 'holdOn') this.#openedAt.set(lane, at);
  }

  framed(command: Command, at: number, isHeard: boolean): void {
    const { lane, action } = command;
    if (action === 'pulseOpen' || action === 'holdOn') this.#openedAt.set(lane, at);
    if (action !== 'pulseClose' && action !== 'holdOff') return;
    if (isHeard) this.#closeAt.set(lane, at);
    this.#judgeClose(command, at);
  }

  /** Not in the same moment as the frame that lifts it: the step has had its say. */
  taken(_input: Input, at: number): void {
    const lanes = this.#mustRise;
    this.#mustRise = [];
    for (const id of lanes) {
      const yard = this.#scene.yards.find((one) => one.id === id);
      if (yard === undefined || !this.#isFallingOnOurWord(yard)) continue;
      const { portal } = yard.plan.model;
      // Nobody could tell it; what is read after its return is judged anew.
      if (portal.kind !== 'none' && this.#scene.field.isDown(portal.device)) continue;
      if (at - (this.#openedAt.get(id) ?? Number.NEGATIVE_INFINITY) <= REPEAT_MS) continue;
      throw new Broken('I2', 'occupied or unknown under a boom that closes on our word, and it is not opened', {
        lane: id,
        at,
      });
    }
  }

  looked(lane: string, at: number): void {
    const yard = this.#scene.yards.find(({ id }) => id === lane);
    if (yard === undefined) return;
    for (const heard of this.#heard) if (heard.yard === yard) this.#lookAtSensor(heard, at);
    if (!this.#isFallingOnOurWord(yard) || !yard.isOver(DANGER) || yard.boom.height < 0.02) return;
    for (const { yard: own, sensor } of this.#heard) {
      if (own !== yard || this.#scene.field.isDown(sensor.input.device)) continue;
      const since = this.#feltSince.get(keyOf(lane, sensor));
      if (since === undefined || at - since < REACTION_MS) continue;
      const opened = this.#openedAt.get(lane) ?? Number.NEGATIVE_INFINITY;
      if (opened >= since - REPEAT_MS || opened > at - REPEAT_MS) continue;
      throw new Broken('I2', 'somebody stands under a boom that closes on our word', {
        lane,
        at,
        sensor: sensor.input.id,
      });
    }
  }

  #lookAtSensor({ yard, sensor }: Heard, at: number): void {
    const key = keyOf(yard.id, sensor);
    const feels = yard.stateOf(sensor.input.id) === 'works' && yard.truth(sensor);
    if (!feels) this.#feltSince.delete(key);
    else if (!this.#feltSince.has(key)) this.#feltSince.set(key, at);
  }

  /** A close of an earlier boot is nobody's word any more. */
  #isFallingOnOurWord(yard: LaneYard): boolean {
    const closeAt = this.#closeAt.get(yard.id);
    if (closeAt === undefined || closeAt < this.#bootAt) return false;
    // A limit that is made in mid-fall shows a boom that its board has lifted again, or one that is down.
    const limitLies = ['closedLimit', 'openLimit'].some((role) => {
      const limit = yard.sensor(role);
      return limit !== undefined && yard.stateOf(limit.input.id) !== 'works';
    });
    // Its last hair's breadth is shown as closed already: nothing is left to be lifted.
    return (
      yard.boom.isFalling && !yard.boom.isDown && yard.boom.mover === 'word' && !limitLies && !yard.boom.plan.isStep
    );
  }

  #judgeClose(command: Command, at: number): void {
    const { lane } = command;
    const own = this.#heard.filter(({ yard }) => yard.id === lane);
    const facts = {
      command,
      at,
      heard: own.map(({ sensor, value, at: read, clearSince }) => ({ id: sensor.input.id, value, read, clearSince })),
    };
    if (own.length === 0) throw new Broken('I2', 'a close with nothing to look', facts);
    const ordered = this.#ordered.get(command.id);
    const isBehind = ordered?.why === 'behindVehicle';
    const decided = (isBehind ? ordered.cause : ordered?.ref) ?? 0;
    if (decided < this.#brokenOff)
      throw new Broken('I2', 'a close outlives a clock step or a reload', {
        ...facts,
        decided,
        since: this.#brokenOff,
      });
    for (const { yard, sensor, value, at: read, clearSince: known, lost } of own) {
      // Told of its line's end in the very moment in which the frame is written: nobody could have held it back.
      const clearSince = known ?? (lost.at === at ? lost.clearSince : null);
      const { model } = yard.plan;
      const portal = model.portal.kind === 'none' ? null : model.portal.device;
      if (value || clearSince === null) throw new Broken('I2', 'a close over an occupied or unknown sensor', facts);
      if (at - clearSince < model.timing.clearForMs) throw new Broken('I2', 'a close before clearFor', facts);
      if (sensor.input.device === portal && !this.#scene.field.hasLooked(command, sensor))
        throw new Broken('I2', 'a close whose driver did not look', facts);
      if (sensor.input.device !== portal && at - read > FRESH_MS + WIRE_MS)
        throw new Broken('I2', 'a close on an old reading', facts);
      if (!model.commissioned) throw new Broken('I2', 'software closes a lane that is not signed off', facts);
      const announced = this.#announcedAt.get(lane);
      const isAnnounced = announced !== undefined && at - announced >= model.timing.announceMs;
      if (!isBehind && !isAnnounced) throw new Broken('I2', 'a close behind no vehicle was not announced', facts);
    }
  }
}

function keyOf(lane: string, { input }: SensorPlan): string {
  return `${lane}.${input.id}`;
}
