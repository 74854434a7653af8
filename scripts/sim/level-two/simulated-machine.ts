/** What the gateway's own machine suffers, and the ways out of it: disk, power, clock, list, wires, platform. Each trouble has an end. */
import type { ListRow } from '../../../src/core/decide/facts.ts';
import type { Machine } from '../../../src/sim/crowd/season.ts';
import type { Surroundings } from '../../../src/sim/crowd/surroundings.ts';
import type { Registry } from '../../../src/sim/level-one/registry.ts';
import type { WallClock } from '../../../src/sim/level-one/kit-machine.ts';
import type { Broker } from '../../../src/sim/level-two/broker.ts';
import type { ByteBoards } from '../../../src/sim/level-two/byte-boards.ts';
import type { ByteWire } from '../../../src/sim/level-two/byte-wire.ts';
import { Broken } from '../../../src/sim/yard/witness.ts';
import type { Random } from '../../../src/sim/random.ts';
import type { Cause } from '../../../src/upstream/causes.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';

export interface MachinePorts {
  readonly on: Surroundings;
  readonly gateway: SimulatedGateway;
  readonly registry: Registry;
  readonly disk: SimulatedDisk;
  readonly wall: WallClock;
  readonly boards: ByteBoards;
  readonly broker: Broker<Cause>;
}

/** Of bytes and processes; a seed draws which of them exist in its run. */
export const WIRE_TROUBLES = [
  'lineCut',
  'lineBabbles',
  'repliesLate',
  'repliesTwice',
  'brokerGone',
  'brokerRefuses',
  'brokerMute',
  'restarts',
] as const;
export type WireTrouble = (typeof WIRE_TROUBLES)[number];

/** The store looks for a new list every 2 s; chores and a start come on top. */
const LIST_SEEN_MS = 5000;
/** Links are tried again after half a minute at most, silent units after ten seconds. */
const AFTERMATH_MS = 90_000;
const DAY_MS = 86_400_000;
const EXISTS = 0.35;

export function drawTroubles(random: Random): ReadonlySet<WireTrouble> {
  return new Set(WIRE_TROUBLES.filter((trouble) => random.fork(trouble).chance(EXISTS)));
}

export class SimulatedMachine implements Machine {
  readonly #ports: MachinePorts;
  readonly #random: Random;
  readonly #ends = new Set<() => void>();

  constructor(ports: MachinePorts) {
    this.#ports = ports;
    this.#random = ports.on.random.fork('machine');
  }

  heal(): void {
    for (const end of [...this.#ends]) end();
  }

  slowDisk(ms: number): void {
    const { disk } = this.#ports;
    disk.slow(true);
    this.#for(ms, () => disk.slow(false));
  }

  refuseDisk(ms: number): void {
    const { disk } = this.#ports;
    disk.fill(true);
    this.#for(ms, () => disk.fill(false));
  }

  cutPower(effects: number, offMs: number): void {
    const { gateway, on } = this.#ports;
    if (!gateway.isOn) return;
    on.trouble(null, offMs + AFTERMATH_MS);
    gateway.cutAfter(effects, () => this.#startAfter(offMs));
  }

  /** It is asked to end, and is started again. */
  restart(offMs: number): void {
    const { gateway, on } = this.#ports;
    if (!gateway.isOn) return;
    on.trouble(null, 10_000 + offMs + AFTERMATH_MS);
    gateway.stop(() => this.#startAfter(offMs));
  }

  /** A technician is not done with the configuration: what runs goes on, and what is said of it may not be sound. */
  whileSpoilt(ms: number, end: () => void): void {
    this.#for(ms, end);
  }

  jumpClock(byMs: number): void {
    const { on, wall } = this.#ports;
    on.trouble(null, AFTERMATH_MS);
    wall.offset += byMs;
    this.keepTime();
  }

  doubtClock(ms: number): void {
    const { disk, on, wall } = this.#ports;
    wall.isTrusted = false;
    disk.synchronised(on.wall() - 30 * DAY_MS);
    this.#for(ms, () => {
      wall.isTrusted = true;
      this.keepTime();
    });
  }

  /** The time service has synchronised the clock. */
  keepTime(): void {
    const { disk, on, wall } = this.#ports;
    if (wall.isTrusted) disk.synchronised(on.wall());
  }

  changeList(change: (rows: readonly ListRow[]) => readonly ListRow[]): void {
    const { on, registry, disk } = this.#ports;
    on.trouble(null, 15_000);
    registry.change(change(registry.rows), on.agenda.now + LIST_SEEN_MS);
    disk.adopt(registry.rows, on.wall());
  }

  /** Half a list arrives: it is refused, and the old one stays in force (I7). */
  loseList(): void {
    const { on, registry, disk } = this.#ports;
    const half = registry.rows.slice(0, Math.floor(registry.rows.length / 3));
    if (!disk.isRefused(half, on.wall())) throw new Broken('I7', 'a shrunken list was adopted', { rows: half.length });
  }

  /** Now, or just as the next order for a board on this wire is given: nothing much is going on at most times. */
  strike(trouble: WireTrouble, wire: ByteWire): void {
    if (this.#random.chance(0.3)) this.#strike(trouble, wire);
    else this.#ports.boards.whenOrdered(wire, () => this.#strike(trouble, wire));
  }

  #strike(trouble: WireTrouble, wire: ByteWire): void {
    const { broker } = this.#ports;
    const random = this.#random;
    switch (trouble) {
      case 'lineCut':
        return this.#cutLine(wire);
      case 'lineBabbles': {
        const ms = random.whole(500, 20_000);
        wire.babble(ms);
        return this.#for(ms, () => {});
      }
      case 'repliesLate':
        wire.luck.lateReply = 0.25;
        return this.#for(random.whole(5000, 60_000), () => {
          wire.luck.lateReply = 0;
        });
      case 'repliesTwice':
        wire.luck.doubledReply = 0.3;
        return this.#for(random.whole(5000, 60_000), () => {
          wire.luck.doubledReply = 0;
        });
      case 'brokerGone':
      case 'brokerRefuses':
      case 'brokerMute':
        broker.become(trouble === 'brokerGone' ? 'gone' : trouble === 'brokerRefuses' ? 'refusing' : 'mute');
        return this.#quietly(random.pick([1000, 15_000, 120_000, 900_000]), () => broker.become('open'));
      case 'restarts':
        return this.restart(random.pick([200, 3000]));
    }
  }

  #cutLine(wire: ByteWire): void {
    if (wire.isCut) return;
    wire.cut();
    this.#for(this.#random.pick([100, 300, 4000, 60_000]), () => wire.mend());
  }

  #startAfter(offMs: number): void {
    const { gateway } = this.#ports;
    // Whatever it was about to do, somebody may wait for it since.
    this.#for(offMs, () => {
      if (!gateway.isOn) gateway.start();
    });
  }

  #for(ms: number, end: () => void): void {
    const { on } = this.#ports;
    on.trouble(null, ms + AFTERMATH_MS);
    this.#quietly(ms, () => {
      end();
      on.trouble(null, AFTERMATH_MS);
    });
  }

  /** Nobody at the gate notices. */
  #quietly(ms: number, end: () => void): void {
    const once = (): void => {
      if (this.#ends.delete(once)) end();
    };
    this.#ends.add(once);
    this.#ports.on.agenda.after(ms, once);
  }
}
