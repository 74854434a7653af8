/** One run of level 2: the world that a seed draws, the real gateway with its lines, drivers and store in it, and the judges around both. */
import { BoardTwin } from '../../../drivers/barrier-modbus/twin.ts';
import { frameOf, profileSchema } from '../../../drivers/reader-serial/twin.ts';
import { healing } from '../../../src/sim/crowd/healing.ts';
import { LaneCrowd } from '../../../src/sim/crowd/lane-crowd.ts';
import { People } from '../../../src/sim/crowd/people.ts';
import { type Cast, HOUR_MS, Season } from '../../../src/sim/crowd/season.ts';
import type { SitePlan } from '../../../src/sim/crowd/site-plan.ts';
import { Staff } from '../../../src/sim/crowd/staff.ts';
import { Cameras, type Surroundings } from '../../../src/sim/crowd/surroundings.ts';
import { Troubles } from '../../../src/sim/crowd/troubles.ts';
import { DiskLaw } from '../../../src/sim/law/disk-law.ts';
import { PlatformLaw } from '../../../src/sim/law/platform-law.ts';
import { Registry } from '../../../src/sim/level-one/registry.ts';
import type { CheckerOf, Scene } from '../../../src/sim/level-one/run.ts';
import { Broker } from '../../../src/sim/level-two/broker.ts';
import { ByteBoards } from '../../../src/sim/level-two/byte-boards.ts';
import { ReaderWire } from '../../../src/sim/level-two/reader-wire.ts';
import { INPUT_COUNT, RELAY_COUNT, type Wiring } from '../../../src/sim/level-two/wiring.ts';
import type { Random } from '../../../src/sim/random.ts';
import { Agenda } from '../../../src/sim/yard/agenda.ts';
import { LaneYard } from '../../../src/sim/yard/lane-yard.ts';
import { Broken, type Witness, Witnesses } from '../../../src/sim/yard/witness.ts';
import { openJournalReader } from '../../../src/store/journal-read.ts';
import { verifyJournal } from '../../../src/store/verify.ts';
import { type Cause, mqttCause, ownCause } from '../../../src/upstream/causes.ts';
import { MONDAY } from './as-written.ts';
import { ConfigurationFolder } from './configuration-folder.ts';
import { readerProfile } from './site-yaml.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedGateway } from './simulated-gateway.ts';
import { drawn } from './seed.ts';
import { SimulatedMachine, type WireTrouble } from './simulated-machine.ts';
import { Verdict } from './verdict.ts';

export interface RunOptions {
  readonly seed: number;
  readonly hours: number;
  readonly checkers: readonly CheckerOf[];
}

/** Things that may be due in one and the same moment. */
const STILL_MAX = 20_000;
/** Of what was committed, all is at the platform by then. */
const DRAINED_MS = 60_000;
const STOPPED_MS = 30_000;
/** Longer than any of them needs: lines, units, the store, the uplink, each lane. */
const TIMERS_MAX = 200;
const ROWS = 10_000;

/** What promises set off has run when it resolves: ticks come behind all of them. Nothing here waits for the event loop, which costs more. */
const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

export class World {
  readonly plan: SitePlan;
  readonly wiring: Wiring;
  readonly troubles: ReadonlySet<WireTrouble>;
  readonly #agenda = new Agenda();
  readonly #verdict = new Verdict();
  readonly #disk: SimulatedDisk;
  readonly #gateway: SimulatedGateway;
  readonly #machine: SimulatedMachine;
  readonly #platform = new PlatformLaw();
  readonly #onDisk = new DiskLaw();
  readonly #boards: ByteBoards;
  readonly #yards: readonly LaneYard[];
  readonly #cast: Cast;
  readonly #season: Season;
  readonly #random: Random;
  readonly #checkers: readonly (Witness & { atEnd?(): void })[];
  readonly #troubledUntil = new Map<string, number>();

  constructor({ seed, checkers }: RunOptions) {
    const { random, own, plan, wiring, troubles } = drawn(seed);
    this.#random = own;
    this.plan = plan;
    this.wiring = wiring;
    this.troubles = troubles;
    const agenda = this.#agenda;
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
          },
        }),
    );
    const worldClock = { mono: () => agenda.now, wall: () => 0, timers: () => [] };
    const twinClock = {
      ...worldClock,
      at: (_name: string, at: number, act: () => void) => cancelled(agenda.at(at, act)),
      after: (_name: string, ms: number, act: () => void) => cancelled(agenda.after(ms, act)),
    };
    this.#boards = new ByteBoards({
      ...{ agenda, wiring: this.wiring, yards: this.#yards, random: this.#random, witness },
      twinOf: ({ unit, dialect }) =>
        new BoardTwin({ clock: twinClock, unit, dialect, relays: RELAY_COUNT, inputs: INPUT_COUNT }),
    });
    const readers = new Map(
      this.wiring.readers.map(({ device }) => [device, new ReaderWire(agenda, this.#random.fork(device))]),
    );
    const wall = { offset: MONDAY, isTrusted: true };
    const wallNow = (): number => wall.offset + agenda.now;
    this.#disk = new SimulatedDisk(this.#random.fork('disk'));
    this.#disk.prepare(this.plan.model.id, this.plan.list.rows, wallNow());
    const broker = new Broker<Cause>(
      agenda,
      this.#random.fork('broker'),
      { gone: ownCause('ECONNREFUSED', false), refused: mqttCause(135, false), lost: ownCause('ECONNRESET', true) },
      (event) => this.#platform.arrived(event),
    );
    this.#gateway = new SimulatedGateway({
      ...{ agenda, random: this.#random.fork('gateway'), verdict: this.#verdict, witness, boards: this.#boards },
      ...{ readers, broker, disk: this.#disk, wall: wallNow },
      configuration: new ConfigurationFolder(this.#disk.folder, this.plan.model, this.wiring),
      whileSpoilt: (ms, end) => this.#machine.whileSpoilt(ms, end),
      showCard: (device, bits, value) => {
        const name = this.wiring.readers.find((reader) => reader.device === device)?.profile ?? '';
        readers.get(device)?.send(frameOf({ bits, value }, profileSchema.parse(readerProfile(name))));
      },
    });
    const on: Surroundings = {
      ...{ agenda, plan: this.plan, field: this.#boards, yards: this.#yards, random, witness },
      gateway: () => (this.#gateway.isOn ? this.#gateway : null),
      wall: wallNow,
      has: (hazard) => this.plan.hazards.has(hazard),
      trouble: (lane, ms) => this.#trouble(lane, ms),
      touched: () => {},
    };
    const scene: Scene = {
      ...{ plan: this.plan, agenda, yards: this.#yards, field: this.#boards, registry },
      calmFor: (lane) => agenda.now - Math.max(this.#troubledUntil.get(lane) ?? 0, this.#troubledUntil.get('') ?? 0),
    };
    this.#checkers = checkers.map((make) => make(scene));
    told.push(...this.#checkers, this.#onDisk, faultsInJournal(witness));
    const cameras = new Cameras(on);
    const booth = {
      asked: (lane: string, visit: Parameters<Staff['asked']>[1]) => this.#cast.staff.asked(lane, visit),
    };
    crowds = this.#yards.map((yard) => new LaneCrowd(yard, on, cameras, booth));
    this.#machine = new SimulatedMachine({
      ...{ on, gateway: this.#gateway, registry, disk: this.#disk, wall, boards: this.#boards, broker },
    });
    this.#cast = {
      ...{ crowds, people: new People(on), staff: new Staff(on), troubles: new Troubles(on, cameras) },
      machine: this.#machine,
    };
    told.push(this.#cast.staff.toDo);
    this.#season = new Season(on, this.#cast);
  }

  get now(): number {
    return this.#agenda.now;
  }

  /** First under faults (safety), then healed (liveness). */
  async play(hours: number): Promise<void> {
    await turn(); // Called in a message's handler, the next one would come before the promises of the start are through.
    try {
      this.#machine.keepTime();
      this.#trouble(null, 60_000);
      this.#gateway.start();
      for (let hour = 0; hour < hours; hour++) {
        this.#season.hour(true);
        this.#strike();
        await this.#runTo((hour + 1) * HOUR_MS);
        this.#machine.keepTime();
        this.#lookAtLimits();
      }
      this.#machine.heal();
      const from = this.now;
      for (const { afterMs, act } of healing(this.#cast, this.#season, this.#yards)) {
        await this.#runTo(from + afterMs);
        act();
      }
      for (const checker of this.#checkers) checker.atEnd?.();
      await this.#judgeJournal();
    } finally {
      if (this.#gateway.isOn) this.#gateway.cut();
      this.#disk.remove();
    }
  }

  /** The drawn troubles of wires and platform, at their times in the hour that begins. */
  #strike(): void {
    if (this.troubles.size === 0) return;
    const random = this.#random;
    const wires = [...this.#boards.wires.values()];
    for (let nth = random.whole(1, 5); nth > 0; nth--)
      this.#agenda.after(random.between(1000, HOUR_MS - 400_000), () =>
        this.#machine.strike(random.pick([...this.troubles]), random.pick(wires)),
      );
  }

  async #judgeJournal(): Promise<void> {
    const { folder } = this.#disk;
    const reader = openJournalReader(folder);
    const rows = reader.readFrom(0, ROWS);
    for (let last = rows.at(-1); last !== undefined; ) {
      const more = reader.readFrom(last.seq, ROWS);
      rows.push(...more);
      last = more.at(-1);
    }
    reader.close();
    this.#onDisk.judge(rows);
    await this.#runTo(this.now + DRAINED_MS);
    this.#platform.judge(rows);
    let isStopped = false;
    this.#gateway.stop(() => {
      isStopped = true;
    });
    await this.#runTo(this.now + STOPPED_MS);
    if (!isStopped) throw new Broken('L1', 'the gateway does not come to its end');
    const { sound, findings } = verifyJournal(folder);
    if (!sound) throw new Broken('I6', 'the journal does not verify', findings.slice(0, 3));
  }

  #trouble(lane: string | null, ms: number): void {
    const until = Math.max(this.#troubledUntil.get(lane ?? '') ?? 0, this.#agenda.now + ms);
    this.#troubledUntil.set(lane ?? '', until);
  }

  #lookAtLimits(): void {
    const { size, timers } = this.#gateway;
    const lanes = this.plan.lanes.length;
    if (size > 60_000 * (lanes + 1)) throw new Broken('I15', 'the core remembers without limit', { size });
    if (timers > TIMERS_MAX * (lanes + 1)) throw new Broken('I15', 'timers without limit', { timers });
  }

  async #runTo(end: number): Promise<void> {
    const agenda = this.#agenda;
    let still = 0;
    await turn();
    while (agenda.nextAt <= end) {
      still = agenda.nextAt > agenda.now ? 0 : still + 1;
      if (still > STILL_MAX) throw new Broken('I15', 'time stands still: timers feed themselves', { at: agenda.now });
      agenda.step();
      await turn();
      if (this.#verdict.broken !== null) throw this.#verdict.broken;
    }
    agenda.now = end;
  }
}

function cancelled(due: { isOff: boolean }): () => void {
  return () => {
    due.isOff = true;
  };
}

/** Which faults stand is read in the journal, as anybody would. */
function faultsInJournal(witness: Required<Witness>): Witness {
  return {
    recorded: ({ kind, body }) => {
      if (kind === 'faultRaised' || kind === 'faultCleared')
        witness.fault(String(body.code), String(body.subject), kind === 'faultRaised');
    },
  };
}
