/**
 * A gate under traffic that is killed at random moments, started again, and judged after each; at the end what its records
 * became at a subscriber of a real broker (gate.md, I1, I6, I17).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../src/sim/random.ts';
import { Broker, deliveryComplaints, Subscriber } from '../upstream/broker.ts';
import { hikvisionPush, PushingCamera } from './cameras.ts';
import { Daemon } from './daemon.ts';
import { type GatePeer, type SeenWrite, tcpPeer } from './gate-peer.ts';
import { monoMs, root, type Stage, until } from './harness.ts';
import { type Complaint, committedRecords, judge, readSyncs, wallMinusMono } from './journal-check.ts';
import { barrier, importList, lane, makeSite, pushCamera, type Site, tcpLine } from './site.ts';

const LANES = 4;
const SIGKILL = 9;
/** Booms whose board closes behind the car by itself, so that only grants move them and no life safety is at work. */
const travelMs = 150;
const stayMs = 100;
/** From one car to the next, over all lanes; a slow disk gets fewer, so that it is slow and not overrun. */
const carEveryMs = 60;
const carEverySlowMs = 240;

export interface KillOptions {
  readonly seed: number;
  readonly kills: number;
  /** Each sync of the daemon waits this long; 0 = watched by strace, undelayed; null = no strace. */
  readonly syncDelayMs: number | null;
  readonly tree?: string;
  /** After each kill; for a progress line. */
  readonly killed?: (done: number, result: KillResult) => void;
}

export interface KillResult {
  readonly complaints: readonly Complaint[];
  /** Writes that the device saw in this life, each matched to its record. */
  readonly writes: number;
  readonly how: 'atWrite' | 'atRandom';
}

export interface KillSummary {
  readonly kills: number;
  readonly writes: number;
  readonly killedAtWrite: number;
  /** Records that the subscriber got, each at least once. */
  readonly delivered: number;
  /** Connections that the broker took of the gateway, by MQTT version. */
  readonly connections: Readonly<Record<MqttVersion, number>>;
  readonly complaints: readonly Complaint[];
}

interface Rig {
  readonly site: Site;
  readonly peer: GatePeer;
  readonly plates: Iterator<string, never>;
  readonly cameras: readonly PushingCamera[];
  readonly log: string;
  readonly broker: Broker;
  readonly subscriber: Subscriber;
}

export async function killAgainAndAgain(stage: Stage, options: KillOptions): Promise<KillSummary> {
  const random = seededRandom(options.seed);
  const slow = (options.syncDelayMs ?? 0) > 0;
  const rig = await makeRig(stage, options);
  const total = { kills: 0, writes: 0, killedAtWrite: 0, delivered: 0, complaints: [] as Complaint[] };
  for (let at = 0; at < options.kills; at += 1) {
    // Two lives in one version and two in the other, so that either dies in both ways.
    speak(rig, at % 4 < 2 ? '3.1.1' : '5');
    const result = await oneLife(stage, rig, options, {
      // Half of them the moment a coil has moved: that is when a record that is not durable yet would be lost.
      how: at % 2 === 0 ? 'atWrite' : 'atRandom',
      afterMs: 20 + random.next() * (slow ? 2000 : 700),
      afterWrites: 1 + Math.floor(random.next() * (slow ? 2 : 4)),
      delayUs: random.next() < 0.5 ? 0 : Math.floor(random.next() * 3000),
    });
    total.kills += 1;
    total.writes += result.writes;
    if (result.how === 'atWrite') total.killedAtWrite += 1;
    total.complaints.push(...result.complaints);
    options.killed?.(total.kills, result);
  }
  const last = await lastLife(stage, rig, options);
  total.delivered = last.delivered;
  total.complaints.push(...last.complaints);
  return { ...total, connections: connectionsOf(rig.broker) };
}

type MqttVersion = '3.1.1' | '5';

function speak({ site, broker }: Rig, version: MqttVersion): void {
  writeFileSync(
    join(site.config, 'upstream.yaml'),
    `upstream: { host: 127.0.0.1, port: ${broker.port}, tls: false, protocol: ${version} }\n`,
  );
}

/** By the broker's own log, which names 3.1.1 by its number in the protocol's code. */
function connectionsOf(broker: Broker): KillSummary['connections'] {
  const of = (code: string): number =>
    broker.log().filter((line) => line.includes(' as gatehouse-') && line.includes(`(${code},`)).length;
  return { '3.1.1': of('p2'), '5': of('p5') };
}

/** Nobody kills this one: the outbox runs empty, and every record of all lives must have come, in order for each lane (I6). */
async function lastLife(stage: Stage, rig: Rig, options: KillOptions) {
  const { site, subscriber } = rig;
  speak(rig, options.seed % 2 === 0 ? '5' : '3.1.1');
  const daemon = new Daemon(stage, { ...site, tree: options.tree ?? root, slowDisk: null });
  await daemon.ready();
  await daemon.when(
    'the outbox is empty',
    ({ upstream }) => upstream !== null && upstream.state === 'connected' && upstream.waiting === 0,
    60_000,
  );
  const records = committedRecords(site.state);
  const last = records.at(-1)?.seq ?? 0;
  await until('the last record has come', () => subscriber.events().some(({ seq }) => seq >= last), 30_000);
  await daemon.stop();
  const complaints = deliveryComplaints(records, subscriber.events()).map(
    (text): Complaint => ({ kind: 'notDelivered', text }),
  );
  return { complaints, delivered: new Set(subscriber.events().map(({ id }) => id)).size };
}

async function makeRig(stage: Stage, options: KillOptions): Promise<Rig> {
  const units = Array.from({ length: LANES }, (_, at) => at + 1);
  const peer = await tcpPeer(stage, units);
  for (const unit of units) peer.tell('boom', unit, travelMs, stayMs);
  await peer.settled();
  const secret = (unit: number): string => `e2ekillsecret000${unit}`;
  const site = await makeSite(stage, (config) => ({
    lines: [tcpLine('bus', peer.port)],
    devices: units.flatMap((unit) => [
      barrier({
        ...{ id: `boom${unit}`, line: 'bus', unit, profile: 'jydam', inputs: 'openLimit: 1, closedLimit: 2' },
        more: 'pulse: 100ms',
      }),
      pushCamera({ config }, `camera${unit}`, secret(unit)),
    ]),
    lanes: units.map((unit) =>
      lane({
        id: `lane${unit}`,
        barrier: `boom${unit}`,
        cameras: `[camera${unit}]`,
        autoClose: 'board',
        more: 'notTakenAfter: 5s',
      }),
    ),
  }));
  const broker = await Broker.make(stage);
  const subscriber = await Subscriber.make(stage, broker.watchPort);
  const all = manyPlates(seededRandom(options.seed ^ 0x5eed), 60 * (options.kills + 1));
  // One use each: such a grant opens only if its record is durable, however slow the disk (design.md "Order of effects").
  await importList(
    stage,
    site,
    all.map((plate) => ({ plate, uses: 1 })),
  );
  return {
    ...{ site, peer, plates: all[Symbol.iterator]() as Iterator<string, never> },
    cameras: units.map((unit) => new PushingCamera(stage, site.receiverPort, secret(unit))),
    log: join(site.dir, 'strace.log'),
    ...{ broker, subscriber },
  };
}

/** All different, and no two alike in more than a few characters, so that no car is taken for the one before it. */
function manyPlates(random: { next(): number }, count: number): string[] {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789';
  const plates = new Set<string>();
  while (plates.size < count) {
    let text = '京A';
    for (let at = 0; at < 5; at += 1) text += letters[Math.floor(random.next() * letters.length)] ?? 'A';
    if (/\d.*\d/.test(text)) plates.add(text);
  }
  return [...plates];
}

interface Death {
  readonly how: KillResult['how'];
  readonly afterMs: number;
  readonly afterWrites: number;
  readonly delayUs: number;
}

async function oneLife(stage: Stage, rig: Rig, options: KillOptions, death: Death): Promise<KillResult> {
  const { site, peer, log } = rig;
  const before = peer.writes().length;
  const readsBefore = units().map((unit) => peer.reads(unit).length);
  const slowDisk = options.syncDelayMs === null ? null : { delayMs: options.syncDelayMs, log };
  const daemon = new Daemon(stage, { ...site, tree: options.tree ?? root, slowDisk });
  const { boot } = await daemon.ready();
  // Polled for a while with nothing asked of it: whatever moves now, moves because of the restart.
  await until('every board is polled again', () =>
    units().every((unit, at) => peer.reads(unit).length >= (readsBefore[at] ?? 0) + 6),
  );
  const moved = peer.writes().slice(before);
  // The first commits of a boot sync the new files too; cars come once the journal keeps up.
  await daemon.when('the journal keeps up', (status) => status.journal.broken === null && status.journal.waiting === 0);
  const traffic = sendCars(rig, (options.syncDelayMs ?? 0) > 0 ? carEverySlowMs : carEveryMs);
  if (death.how === 'atRandom') await until('its time has come', after(death.afterMs));
  else {
    peer.tell('kill', daemon.pid, death.afterWrites, death.delayUs, SIGKILL);
    await Promise.race([daemon.process.ended, until('the fatal write', after(4000))]);
  }
  await daemon.kill();
  await traffic.stop();
  // Not left waiting for a write of the next life, when the id may be somebody else's.
  peer.tell('kill', 0, 0, 0, 0);
  await peer.settled();
  const writes = peer.writes().slice(before);
  const { complaints, matched } = judge({
    ...{ stateDir: site.state, boot, writes, deviceOfUnit: (unit) => `boom${unit}`, actionOf },
    syncs: slowDisk === null ? null : readSyncs(log, wallMinusMono()),
  });
  const early = moved.map((write): Complaint => ({ kind: 'movedAtStart', text: JSON.stringify(write) }));
  return { complaints: [...early, ...complaints], writes: matched, how: death.how };
}

const units = (): number[] => Array.from({ length: LANES }, (_, at) => at + 1);

function after(ms: number): () => boolean {
  const due = monoMs() + ms;
  return () => monoMs() >= due;
}

/** A pulse of the JY-DAM family is one frame: flash mode and time of relay 1. Anything else has no business here. */
function actionOf(write: SeenWrite): string {
  const flash = write.fc === 16 && write.values[0] === 4;
  return flash && write.address === 3 ? 'pulseOpen' : flash && write.address === 8 ? 'pulseClose' : `fc${write.fc}`;
}

/** Cars at every lane in turn until stopped. What the dying daemon no longer answers is lost, as it is for a camera. */
function sendCars(rig: Rig, everyMs: number): { stop(): Promise<void> } {
  let going = true;
  const pushes = new Set<Promise<unknown>>();
  let turn = 0;
  const send = (): void => {
    if (!going) return;
    const camera = rig.cameras[turn % rig.cameras.length];
    turn += 1;
    const { value: plate } = rig.plates.next();
    if (camera !== undefined && plate !== undefined) {
      const push = camera.push(hikvisionPush(plate, { pictureBytes: 2000 })).catch(() => undefined);
      pushes.add(push);
      void push.finally(() => pushes.delete(push));
    }
    timer = setTimeout(send, everyMs);
  };
  let timer = setTimeout(send, 0);
  return {
    async stop() {
      going = false;
      clearTimeout(timer);
      await Promise.all(pushes);
    },
  };
}
