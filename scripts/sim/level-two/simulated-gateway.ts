/** The real gateway in the simulated world: started, cut off between any two effects, and started again on the same folder. */
import { join } from 'node:path';
import type { OpenLink } from '../../../src/field/link.ts';
import type { Command, Input, Request } from '../../../src/core/io.ts';
import type { Observation } from '../../../src/core/presentation.ts';
import type { SiteModel } from '../../../src/core/site-model.ts';
import { Gateway } from '../../../src/runtime/gateway.ts';
import type { LoopEar } from '../../../src/runtime/loop.ts';
import type { Random } from '../../../src/sim/random.ts';
import type { Broker } from '../../../src/sim/level-two/broker.ts';
import type { ByteBoards } from '../../../src/sim/level-two/byte-boards.ts';
import type { WireEnd, WireLink } from '../../../src/sim/level-two/byte-wire.ts';
import type { ReaderWire } from '../../../src/sim/level-two/reader-wire.ts';
import { VirtualClock } from '../../../src/sim/level-two/virtual-clock.ts';
import type { Agenda } from '../../../src/sim/yard/agenda.ts';
import type { GatewayPort } from '../../../src/sim/yard/field.ts';
import type { Witness } from '../../../src/sim/yard/witness.ts';
import { writeDurably } from '../../../src/store/durable-file.ts';
import { hostInProcess, type InProcessHost } from '../../../src/store/host-in-process.ts';
import type { WriteState } from '../../../src/store/later-state-file.ts';
import { copiesOf, stateText } from '../../../src/store/state-file.ts';
import { StoreError } from '../../../src/store/sqlite.ts';
import type { StoreHost } from '../../../src/store/store-host.ts';
import type { Cause } from '../../../src/upstream/causes.ts';
import { drivers } from './as-written.ts';
import { CamerasHere } from './cameras-here.ts';
import type { ConfigurationFolder } from './configuration-folder.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { uplinkHere } from './uplink-here.ts';
import type { Verdict } from './verdict.ts';

export interface SimulatedGatewayPorts {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly verdict: Verdict;
  readonly witness: Required<Witness>;
  readonly boards: ByteBoards;
  readonly readers: ReadonlyMap<string, ReaderWire>;
  /** A card is held to this reader. */
  readonly showCard: (device: string, bits: number, value: string) => void;
  readonly broker: Broker<Cause>;
  readonly disk: SimulatedDisk;
  readonly configuration: ConfigurationFolder;
  /** A wrong configuration lies there for so long, then `end` puts it right. */
  readonly whileSpoilt: (ms: number, end: () => void) => void;
  readonly wall: () => number;
}

/** A monotonic clock begins anew with each boot, somewhere. */
const MONO_BEGINS = 1000;

/** From one start to its end. */
interface Life {
  readonly boot: string;
  readonly clock: VirtualClock;
  readonly host: InProcessHost;
  readonly links: Set<{ close(): void }>;
  readonly uplinks: Set<{ drop(): void }>;
  cameras: CamerasHere | null;
  gateway: Gateway | null;
  isOn: boolean;
}

export class SimulatedGateway implements GatewayPort {
  readonly #ports: SimulatedGatewayPorts;
  #life: Life | null = null;
  #boots = 0;
  /** Power goes after so many further effects; null = it stays. */
  #cutAfter: number | null = null;
  #whenCut: (() => void) | null = null;

  constructor(ports: SimulatedGatewayPorts) {
    this.#ports = ports;
  }

  get isOn(): boolean {
    return this.#life !== null;
  }

  get timers(): number {
    return this.#life?.clock.count ?? 0;
  }

  /** How much the core remembers, in characters: it may not grow for ever (I15). */
  get size(): number {
    const site = this.#life?.gateway?.loop.site;
    return site === undefined ? 0 : JSON.stringify(site).length;
  }

  start(): void {
    const { agenda, witness, verdict, boards, disk } = this.#ports;
    const boot = `b${++this.#boots}`;
    boards.forgetGateway();
    const bootAt = agenda.now - MONO_BEGINS;
    const armed = (name: string, inMs: number): void => verdict.over(() => witness.armed(name, inMs), undefined);
    const clock = new VirtualClock({ agenda, bootAt, wall: this.#ports.wall, armed });
    const host = hostInProcess({
      ...{ clock, random: disk.randomBytes },
      choreMs: () => disk.choreMs(),
      delaysMs: () => disk.delaysMs(),
      refuses: () => disk.refuses(),
      crashes: () => this.#isOver(life),
    });
    const life: Life = {
      ...{ boot, clock, host, links: new Set(), uplinks: new Set(), cameras: null, gateway: null, isOn: true },
    };
    this.#life = life;
    verdict.over(() => witness.started(boot, agenda.now), undefined);
    const gateway = this.#gatewayOf(life);
    life.gateway = gateway;
    gateway.start().catch((error: unknown) => {
      if (life.isOn) verdict.note(error);
    });
  }

  /** After `effects` further effects the power is gone; `done` is called then. */
  cutAfter(effects: number, done: () => void): void {
    this.#cutAfter = effects;
    this.#whenCut = done;
  }

  cut(): void {
    const life = this.#life;
    if (life === null) return;
    this.#end(life);
    const done = this.#whenCut;
    this.#whenCut = null;
    done?.();
  }

  /** As systemd ends it: asked to, and with the time that it takes. `done` is called when it has ended. */
  stop(done: () => void): void {
    const life = this.#life;
    if (life?.gateway == null) return;
    life.gateway.stop('restart').then(
      () => {
        if (!life.isOn) return;
        this.#end(life);
        done();
      },
      (error: unknown) => this.#ports.verdict.note(error),
    );
  }

  // ------------------------------------------------------------ what happens

  observe(observation: Observation): void {
    const life = this.#life;
    if (life === null) return;
    const reader = this.#ports.readers.get(observation.device);
    if (reader !== undefined) {
      if (observation.kind === 'cardRead')
        this.#ports.showCard(observation.device, observation.bits, observation.value);
      else if (observation.kind === 'deviceSilent') reader.cut();
      else if (observation.kind === 'deviceReturned') reader.mend();
      return;
    }
    if (observation.kind === 'plateRead') life.cameras?.push(observation);
    else life.cameras?.say(observation);
  }

  request(request: Request): void {
    this.#life?.gateway?.loop.request(request);
  }

  /** The store looks by itself. */
  listsChanged(): void {}

  /** The gateway finds it out by itself. */
  clockStepped(): void {}

  /** A technician writes another configuration, at times a wrong one first, and reloads. */
  replaceSite(model: SiteModel): void {
    const { configuration, random } = this.#ports;
    if (random.chance(0.3)) configuration.pace(random);
    if (!random.chance(0.3)) {
      configuration.write(model);
      return this.reload();
    }
    configuration.spoil(random);
    this.reload();
    this.#ports.whileSpoilt(random.pick([4000, 60_000, 600_000]), () => {
      configuration.write(model);
      this.reload();
    });
  }

  reload(): void {
    const life = this.#life;
    life?.gateway?.reload().catch((error: unknown) => {
      if (life.isOn) this.#ports.verdict.note(error);
    });
  }

  // ------------------------------------------------------------ machinery

  /** One more effect is about to happen. True where nothing does any more. */
  #isOver(life: Life): boolean {
    if (!life.isOn) return true;
    if (this.#cutAfter === null || this.#cutAfter-- > 0) return false;
    this.cut();
    return true;
  }

  #end(life: Life): void {
    const { witness, verdict, agenda, boards } = this.#ports;
    life.isOn = false;
    this.#life = null;
    this.#cutAfter = null;
    life.clock.kill();
    life.host.cutPower();
    for (const link of life.links) link.close();
    for (const uplink of life.uplinks) uplink.drop();
    const store = life.gateway?.store ?? null;
    store?.lists.close();
    store?.reader()?.close();
    boards.forgetGateway();
    verdict.over(() => witness.cut(agenda.now), undefined);
  }

  #gatewayOf(life: Life): Gateway {
    const { verdict, witness, agenda, random, disk, broker, configuration } = this.#ports;
    const chance = random.fork(life.boot);
    return new Gateway({
      ...{ configDir: configuration.folder, env: configuration.env, stateDir: disk.folder, drivers },
      ...{ clock: life.clock, clockMark: disk.mark },
      log: this.#log(life),
      onRecord: (record) => {
        if (life.isOn) verdict.over(() => witness.recorded(disk.asAnywhere(record), agenda.now), undefined);
      },
      parts: {
        ...{ boot: life.boot, process: { pid: 1, version: 'v24' }, random: () => chance.next() },
        openLine: ({ id }) => this.#wire(life, id),
        cameras: (events) => {
          const failed = (why: unknown): void => (life.isOn ? verdict.defect('a camera failed', why) : undefined);
          life.cameras = new CamerasHere({ clock: life.clock, events, failed });
          return life.cameras;
        },
        storeHost: this.#heardStore(life),
        writeState: this.#writeState(life),
        spawnUplink: uplinkHere({ life, broker, verdict, random: () => chance.next() }),
        ear: this.#ear(life),
      },
    });
  }

  #log(life: Life) {
    const { verdict } = this.#ports;
    const defect = (message: string, facts: unknown): void => {
      if (life.isOn && (message === 'a defect of ours was caught' || message.startsWith('driver failed')))
        verdict.defect(message, facts);
    };
    return { info: () => {}, warn: defect, error: defect };
  }

  #ear(life: Life): LoopEar {
    const { verdict, witness, agenda, boards } = this.#ports;
    const inWorld = (command: Command): Command => ({ ...command, deadline: command.deadline + life.clock.bootAt });
    // Records of a turn are handed over at its end: what a broken journal lets go within it is judged behind them.
    let held: Command[] | null = null;
    const heard = (judge: () => void): void => {
      if (life.isOn) verdict.over(judge, undefined);
    };
    return {
      taking: (input) =>
        heard(() => {
          held = [];
          this.#taking(input, life);
        }),
      performing: () => void this.#isOver(life),
      taken: (input) =>
        heard(() => {
          for (const command of held ?? []) witness.ordered(command, agenda.now);
          held = null;
          witness.taken(input, agenda.now);
        }),
      sent: (command) =>
        heard(() => {
          const order = inWorld(command);
          boards.ordered(order);
          if (held === null || order.after === null) witness.ordered(order, agenda.now);
          else held.push(order);
        }),
      settled: (command, result) => heard(() => boards.settled(inWorld(command), result)),
    };
  }

  #taking(input: Input, { clock }: Life): void {
    const { witness, boards } = this.#ports;
    if (input.kind === 'requested') witness.requested(input.request);
    else if (input.kind === 'siteReplaced') witness.replaced(input.model);
    else if (input.kind === 'observed') {
      const { observation } = input;
      const { kind, device } = observation;
      if (kind === 'inputsRead') {
        const at = observation.at + clock.bootAt;
        if (boards.judgeReading(device, observation.values, at)) witness.polled(device, observation.values, at);
      } else if (kind === 'deviceSilent' || kind === 'deviceReturned') boards.told(device, kind === 'deviceSilent');
    }
  }

  #wire(life: Life, id: string): OpenLink {
    const { boards, readers, verdict } = this.#ports;
    const wire = boards.wires.get(id) ?? readers.get(id.slice(0, -'-line'.length));
    if (wire === undefined) throw new RangeError(id);
    return (events) => {
      const end: WireEnd = {
        opened: () => (life.isOn ? events.opened() : undefined),
        bytes: (chunk) => (life.isOn ? events.bytes(chunk) : undefined),
        lost: (why) => {
          life.links.delete(link);
          if (life.isOn) events.lost(why);
        },
      };
      const link: WireLink = wire.open(end);
      life.links.add(link);
      return {
        write: (bytes) => !this.#isOver(life) && verdict.over(() => link.write(bytes), true),
        close: () => {
          life.links.delete(link);
          link.close();
        },
      };
    };
  }

  #heardStore(life: Life): StoreHost {
    const { verdict, witness, agenda } = this.#ports;
    return {
      runChore: (chore) => life.host.runChore(chore),
      openJournal: (options, events) =>
        life.host.openJournal(options, {
          ...events,
          acked: (ref, seq, at) => {
            if (!life.isOn) return;
            verdict.over(() => witness.durable(ref, agenda.now), undefined);
            events.acked(ref, seq, at);
          },
          refused: (ref, why) => {
            if (!life.isOn) return;
            verdict.over(() => witness.journalRefuses(true, agenda.now), undefined);
            events.refused(ref, why);
          },
          mended: () => {
            if (!life.isOn) return;
            verdict.over(() => witness.journalRefuses(false, agenda.now), undefined);
            events.mended();
          },
        }),
    };
  }

  /** Both copies, one after the other, each whole or not at all. */
  #writeState(life: Life): WriteState {
    const { disk } = this.#ports;
    return (path, value, generation) =>
      new Promise((resolve, reject) => {
        const copies = [...copiesOf(join(path))];
        const next = (): void => {
          const copy = copies.shift();
          if (copy === undefined) return resolve();
          life.clock.after('state.copy', disk.delaysMs().commit, () => {
            if (this.#isOver(life)) return;
            if (disk.refuses() !== null) return reject(new StoreError('ENOSPC', 'no space left'));
            writeDurably(copy, Buffer.from(stateText(value, generation), 'utf8'));
            next();
          });
        };
        next();
      });
  }
}
