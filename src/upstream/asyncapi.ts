/** The AsyncAPI 3.0 document of what upstream receives, made from the schemas; `config/asyncapi.json` is it, and a test finds drift. */
import { z } from 'zod';
import { alarmOf, eventOf, faultsOf, type JournalRow, laneStateOf, type Snapshot } from './messages.ts';
import {
  alarmPayload,
  anchorPayload,
  eventPayload,
  faultsPayload,
  laneStatePayload,
  statusPayload,
} from './payloads.ts';

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly retained: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly example: unknown;
}

const gateway = 'lanxiu';
const boot = 'tk3v9a1f2c3d';
const at = { mono: 8_123_456.789, wall: 1_795_000_000_000, trusted: true };

const row: JournalRow = {
  ...{ seq: 4711, epoch: '9f2c1b7e5a3d8c40', boot, ref: 812, kind: 'decision', lane: 'east-in', direction: 'in' },
  ...{ atMono: at.mono, atWall: at.wall, wallTrusted: true, causeSeq: 4710, command: null, passage: 77, late: false },
  body: { outcome: 'granted', code: 'permitted', reasons: [], mode: 'normal' },
  personal: { plate: '京A12345' },
  hash: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
};

const snapshot: Snapshot = {
  at,
  lanes: [
    {
      ...{ lane: 'east-in', name: '东门入口', mode: 'normal', portal: 'barrier', position: 'closed' },
      ...{ basis: 'measured', sinceMono: 8_100_000, commissioned: true, faults: ['deviceSilent'] },
    },
  ],
  alarm: [
    {
      ...{ key: 'fire:east-in-barrier.fire', purpose: 'fire', via: 'contact', sinceWall: at.wall - 4000 },
      lanes: [
        {
          ...{ lane: 'east-in', position: 'open', basis: 'measured' },
          ...{ openedMs: 3180, openedBasis: 'measured', alternative: null, alternativeBasis: null },
        },
      ],
    },
  ],
  faults: [{ code: 'deviceSilent', subject: 'east-in-camera', sinceWall: at.wall - 60_000 }],
};

const [lane] = snapshot.lanes;

const channels: Readonly<Record<string, Channel>> = {
  event: {
    address: '{prefix}/event/{lane}/{kind}',
    description: 'Every record, at least once, in order of `seq`. `lane` is `_site` where no lane is concerned.',
    schema: eventPayload,
    retained: false,
    parameters: { lane: 'Id of the lane, or `_site`.', kind: 'Kind of the record.' },
    example: eventOf(row, { gateway, personal: 'full' }, false),
  },
  status: {
    address: '{prefix}/status',
    description: 'Birth and will.',
    schema: statusPayload,
    retained: true,
    parameters: {},
    example: {
      schema: 'gatehouse/status/1',
      ...{ state: 'online', reason: 'connected', gateway, boot, at, lanes: ['east-in'] },
      outbox: { epoch: row.epoch, acknowledged: 4700, last: 4711 },
    },
  },
  laneState: {
    address: '{prefix}/lane/{lane}/state',
    description: 'How a lane is, since `at`; valid while `status` says online, with the same `boot`.',
    schema: laneStatePayload,
    retained: true,
    parameters: { lane: 'Id of the lane.' },
    example: lane === undefined ? null : laneStateOf(lane, at, gateway, boot),
  },
  alarm: {
    address: '{prefix}/alarm',
    description: 'The emergencies that stand, at once when one begins or ends; it overtakes the events.',
    schema: alarmPayload,
    retained: true,
    parameters: {},
    example: alarmOf(snapshot, gateway, boot),
  },
  faults: {
    address: '{prefix}/faults',
    description: 'What stands now; it overtakes the events.',
    schema: faultsPayload,
    retained: true,
    parameters: {},
    example: faultsOf(snapshot, gateway, boot),
  },
  anchor: {
    address: '{prefix}/anchor',
    description: 'The newest anchor of the hash chain.',
    schema: anchorPayload,
    retained: true,
    parameters: {},
    example: {
      schema: 'gatehouse/anchor/1',
      ...{ gateway, epoch: row.epoch, seq: 4700, hash: row.hash, atWall: at.wall },
    },
  },
};

function schemaOf(schema: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-07', reused: 'inline' });
  return rest;
}

const prefixParameter = { description: '`upstream.prefix`, by default `gatehouse/<site id>`.' };

/** The document as an object, keys in a fixed order. */
export function asyncApi(): unknown {
  const entries = Object.entries(channels);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Gatehouse upstream',
      version: '1.0.0',
      description:
        'What a Gatehouse gateway publishes over MQTT 5 or 3.1.1 at QoS 1. Retained messages hold nothing personal. Nothing commands the gateway: what is published to `{prefix}/command/#` is recorded and ignored.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      entries.map(([id, { address, description, parameters }]) => [
        id,
        {
          address,
          description,
          parameters: {
            prefix: prefixParameter,
            ...Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, { description: text }])),
          },
          messages: { [id]: { $ref: `#/components/messages/${id}` } },
        },
      ]),
    ),
    operations: Object.fromEntries(
      entries.map(([id, { retained }]) => [
        `publish${id.charAt(0).toUpperCase()}${id.slice(1)}`,
        {
          action: 'send',
          channel: { $ref: `#/channels/${id}` },
          messages: [{ $ref: `#/channels/${id}/messages/${id}` }],
          bindings: { mqtt: { qos: 1, retain: retained, bindingVersion: '0.2.0' } },
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        entries.map(([id, { schema, example }]) => [
          id,
          { name: id, payload: schemaOf(schema), examples: [{ payload: example }] },
        ]),
      ),
    },
  };
}

export function asyncApiFile(): { readonly path: string; readonly content: string } {
  return { path: 'config/asyncapi.json', content: `${JSON.stringify(asyncApi(), null, 2)}\n` };
}
