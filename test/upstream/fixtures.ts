/** An uplink as its thread has it, over a journal of as many records as a test asks for. */
import type { JournalRow, Snapshot } from '../../src/upstream/messages.ts';
import type { BrokerLimits } from '../../src/upstream/link.ts';
import type { UplinkSettings } from '../../src/upstream/settings.ts';

/** Of a broker that names none but how many messages may be in flight. */
export const generous: BrokerLimits = { inFlightMax: 100, packetBytesMax: null, keepaliveMs: null };

export const epoch = 'e0e0e0e0e0e0e0e0';

/** Record `seq`, made when it is asked for: a month of them needs no memory in the test either. */
export function rowOf(seq: number): JournalRow {
  const lane = ['east-in', 'east-out', null][seq % 3] ?? null;
  const decision = seq % 3 === 0;
  return {
    ...{ seq, epoch, boot: 'boot1', ref: seq, kind: decision ? 'decision' : 'position', lane, direction: 'in' },
    ...{ atMono: seq * 10, atWall: 1_790_000_000_000 + seq * 10, wallTrusted: true, causeSeq: null, command: null },
    ...{ passage: null, late: false, personal: decision ? { plate: '京A12345' } : null },
    body: decision ? { outcome: 'denied', code: 'unknownCredential', reasons: [] } : { to: 'open' },
    hash: seq.toString(16).padStart(64, '0'),
  };
}

export class Journal {
  last: number;
  reads = 0;
  largestRead = 0;
  failing = false;
  first = 1;

  constructor(last: number) {
    this.last = last;
  }

  readFrom(seq: number, limit: number): readonly JournalRow[] {
    if (this.failing) throw new Error('database disk image is malformed');
    this.reads += 1;
    const from = Math.max(seq + 1, this.first);
    const length = Math.max(0, Math.min(limit, this.last - from + 1));
    this.largestRead = Math.max(this.largestRead, length);
    return Array.from({ length }, (_, at) => rowOf(from + at));
  }

  committed(): readonly { epoch: string; seq: number; lane: string | null; hash: string }[] {
    return Array.from({ length: this.last }, (_, at) => rowOf(at + 1));
  }
}

export function settingsFor(port: number, more: Partial<UplinkSettings> = {}): UplinkSettings {
  return {
    ...{ host: '127.0.0.1', port, tls: false, protocol: 5, clientId: 'gatehouse-test', prefix: 'gatehouse/test' },
    ...{ personal: 'full', keepaliveMs: 10_000, user: null, passwordEnv: null, passwordFile: null },
    ...{ caFile: null, certFile: null, keyFile: null },
    ...more,
  };
}

export const fireOf: Snapshot['alarm'] = [
  {
    ...{ key: 'fire:b.fire', purpose: 'fire', via: 'contact', sinceWall: 1_790_000_000_900 },
    lanes: [
      {
        ...{ lane: 'east-in', position: 'opening', basis: 'measured' },
        ...{ openedMs: null, openedBasis: null, alternative: null, alternativeBasis: null },
      },
    ],
  },
];

export function snapshotOf(position: string, mono = 1000): Snapshot {
  return {
    at: { mono, wall: 1_790_000_000_000 + mono, trusted: true },
    lanes: [
      {
        ...{ lane: 'east-in', name: '东门入口', mode: 'normal', portal: 'barrier', position, basis: 'measured' },
        ...{ sinceMono: 900, commissioned: true, faults: [] },
      },
    ],
    alarm: [],
    faults: [{ code: 'deviceSilent', subject: 'east-in-camera', sinceWall: 1_790_000_000_500 }],
  };
}
