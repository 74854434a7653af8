/** One gate with a platform behind a proxy: what passes between the two is in the test's hands. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { databasePath } from '../../src/store/durable-writer.ts';
import { encodeRecord } from '../../src/store/encode-record.ts';
import { JournalWriter } from '../../src/store/journal-writer.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import type { StatusView } from '../../src/runtime/views.ts';
import { Broker, type BrokerOptions, type Committed, SlowProxy, Subscriber } from '../upstream/broker.ts';
import { type Daemon, laneOf } from './daemon.ts';
import { peersFolder, type Stage, until } from './harness.ts';
import { carCalls, oneGate, type OneGate } from './one-gate.ts';

export interface Platform {
  readonly gate: OneGate;
  readonly broker: Broker;
  readonly proxy: SlowProxy;
  readonly subscriber: Subscriber;
  /** Nothing passes any more, and what was open is cut. */
  leave(): void;
  comeBack(): void;
  /** A listed car comes, is let in and is gone, the boom down behind it. */
  pass(daemon: Daemon, plate: string): Promise<void>;
}

/** @param keys of the section `upstream` beside its port. */
export async function platform(stage: Stage, options: BrokerOptions = {}, keys = 'tls: false'): Promise<Platform> {
  const broker = await Broker.make(stage, options);
  const proxy = await SlowProxy.make(stage, broker.port);
  const subscriber = await Subscriber.make(stage, broker.watchPort);
  const gate = await oneGate(stage);
  writeFileSync(
    join(gate.site.config, 'upstream.yaml'),
    `upstream: { host: 127.0.0.1, port: ${proxy.port}, ${keys} }\n`,
  );
  const pass = async (daemon: Daemon, plate: string): Promise<void> => {
    const before = gate.closings('open').length;
    await carCalls(gate, daemon, plate);
    await until('the boom opens', () => gate.closings('open').length === before + 1);
    gate.contact('obstruction', false);
    await daemon.when('the car is under it', (status) => laneOf(status, 'east').inputs.obstruction === 'active');
    gate.contact('arming', false);
    gate.contact('obstruction', true);
    await daemon.when('the boom is down behind the car', (status) => {
      const { position, grants, inputs } = laneOf(status, 'east');
      return position === 'closed' && grants === 0 && inputs.arming === 'inactive';
    });
  };
  const leave = (): void => {
    proxy.drip = null;
    proxy.cut();
  };
  const comeBack = (): void => {
    proxy.drip = { bytes: 65_536, pauseMs: 0 };
  };
  return { gate, broker, proxy, subscriber, leave, comeBack, pass };
}

/** A daemon that has sent everything, and a way to do a harm of `peers/thread-harm.mjs` to the uplink's thread in it. */
export async function runningToHarm({ gate }: Platform): Promise<{ daemon: Daemon; harm(how: string): void }> {
  const orders = join(gate.site.dir, 'orders');
  const instrument = `${pathToFileURL(join(peersFolder, 'thread-harm.mjs'))}?orders=${orders}`;
  const daemon = gate.launch({ nodeArgs: ['--import', instrument] });
  await daemon.ready();
  await daemon.when('all has been taken', drained);
  return {
    daemon,
    harm(how) {
      writeFileSync(orders, `upstream ${how}`);
      daemon.signal('SIGUSR2');
    },
  };
}

export const drained = ({ upstream }: StatusView): boolean => upstream?.state === 'connected' && upstream.waiting === 0;

/** Records of databases that followed each other, in the order of recording; what a restored one took over counts once. */
export function inOrder(...databases: readonly (readonly Committed[])[]): readonly Committed[] {
  const records = new Map<string, Committed>();
  for (const record of databases.flat()) records.set(`${record.epoch}/${record.seq}`, record);
  return [...records.values()];
}

/** The last of them has reached the subscriber. */
export async function hasCome(subscriber: Subscriber, records: readonly Committed[]): Promise<void> {
  const last = records.at(-1);
  await until('the last record has come', () =>
    subscriber.events().some(({ epoch, seq }) => epoch === last?.epoch && seq === last.seq),
  );
}

/** Harm that a check finds, in a page that reading the journal never needs. The database must not be in use. */
export function spoilIndex(stateDir: string): void {
  const db = openForWriting(databasePath(stateDir));
  db.pragma('wal_checkpoint(TRUNCATE)');
  const page = db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'journal_command'").pluck().get() as number;
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  const file = openSync(databasePath(stateDir), 'r+');
  writeSync(file, Buffer.alloc(size, 0x5a), 0, size, (page - 1) * size);
  closeSync(file);
}

/** A journal of so many records that nobody has sent, as an earlier life of the gateway left it. */
export function fillJournal(stateDir: string, records: number): void {
  prepareStore({ dir: stateDir, gateway: 'e2e', atWall: Date.now() });
  const db = openForWriting(databasePath(stateDir));
  const writer = new JournalWriter(db, { boot: 'before', random: randomBytes });
  for (let ref = 1; ref <= records; ref += 500) {
    const count = Math.min(500, records - ref + 1);
    const batch = Array.from({ length: count }, (_, at) => ({ late: false, record: positionAt(ref + at) }));
    writer.commit({ id: 0, records: batch, operations: [], again: false });
  }
  db.close();
}

function positionAt(ref: number) {
  const at = { mono: ref, wall: 1_790_000_000_000 + ref, wallTrusted: true };
  return encodeRecord({
    ref,
    kind: 'position',
    lane: ref % 2 === 0 ? 'east' : null,
    at,
    cause: null,
    body: { to: 'open' },
  });
}
