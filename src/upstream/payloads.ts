/**
 * What upstream receives and what it may rely on, as schemas; `asyncapi.ts` makes the published document from them. Nothing
 * here rests on MQTT 5: ids and times travel in the payload (pitfalls.md mqtt).
 */
import { z } from 'zod';

/** Any JSON value; which keys stand in a record is its kind's business. */
const json: z.ZodType = z.unknown().describe('Any JSON value.');
const fields = z.record(z.string(), json);

const moment = z
  .strictObject({
    mono: z.number().describe('Milliseconds of the monotonic clock; compare within one `boot` only.'),
    wall: z.number().describe('Milliseconds since 1970-01-01T00:00:00Z by the wall clock.'),
    trusted: z.boolean().describe('False: nobody vouched for the wall clock then.'),
  })
  .describe('When, by both clocks of the gateway.');

const gateway = z.string().min(1).describe('Id of the site, as in its configuration.');
const boot = z.string().min(1).describe('Which run of the program.');
const epoch = z.string().min(1).describe('New at every create or restore of the database.');
const seq = z.number().int().min(1).describe('Dense within the gateway, in order of recording.');

export const eventPayload = z
  .strictObject({
    schema: z.literal('gatehouse/event/1'),
    id: z.string().describe('`gateway/epoch/seq`: the same for a message that comes again.'),
    gateway,
    epoch,
    seq,
    boot,
    ref: z.number().int().nullable().describe('Number within the boot; null for records of the store itself.'),
    kind: z.string().min(1).describe('presentation, decision, commanded, outcome, position, passage, faultRaised …'),
    lane: z.string().nullable().describe('Null where it concerns the whole site.'),
    direction: z.string().nullable().describe('in | out | null.'),
    at: moment,
    cause: z.number().int().nullable().describe('`seq` of the record that led to this one.'),
    command: z.string().nullable().describe('Id of the command, unique over boots.'),
    passage: z.number().int().nullable().describe('Number of the passage within the boot.'),
    decision: z
      .strictObject({
        outcome: z.enum(['granted', 'denied', 'referred']),
        code: z.string().describe('The reason that decided.'),
        reasons: z
          .array(json)
          .describe('Every rule tried: rule, code, verdict; `facts` and `ageMs` may be absent, where it has none.'),
      })
      .nullable()
      .describe('Of a decision: the verdict with all reasons.'),
    late: z.boolean().describe('True: recorded in memory first, while the disk refused.'),
    body: fields.nullable().describe('What was recorded; null where `reduced`.'),
    personal: fields.nullable().describe('Plate, card, name …; as `upstream.personal` allows, null once deleted.'),
    personalMode: z.enum(['full', 'masked', 'none']).describe('What the gateway is configured to tell of persons.'),
    hash: z.string().describe('Of the record in the hash chain, hexadecimal.'),
    reduced: z.boolean().describe('True: too large to be sent; the whole record is in the journal of the gateway.'),
  })
  .describe('One record of the journal. Sent at least once, in order of `seq`; the same `id` is the same record.');

export const statusPayload = z
  .strictObject({
    schema: z.literal('gatehouse/status/1'),
    state: z.enum(['online', 'offline']),
    reason: z.enum(['connected', 'stopped', 'lost']).describe('`lost`: the will; whatever else is retained is old.'),
    gateway,
    boot,
    at: moment.describe('When it was said; of a will, when the connection was made that has ended.'),
    lanes: z.array(z.string()).describe('Lanes that run; a retained state of any other is left over.'),
    outbox: z
      .strictObject({
        epoch: z.string(),
        acknowledged: z.number().int().min(0).describe('Everything up to this `seq` was acknowledged.'),
        last: z.number().int().min(0).describe('Newest `seq` on the disk.'),
      })
      .nullable(),
  })
  .describe('Birth and will. Retained.');

export const laneStatePayload = z
  .strictObject({
    schema: z.literal('gatehouse/lane/1'),
    gateway,
    boot,
    lane: z.string(),
    name: z.string(),
    at: moment,
    mode: z.string().describe('normal | heldOpen | lockedDown | emergency | outOfService.'),
    portal: z.string().describe('barrier | turnstile | door | none.'),
    position: z.string().describe('closed, opening, open, closing, stopped, unknown; of a door locked, released.'),
    basis: z.string().describe('measured, presumed or none: how the position is known.'),
    sinceMono: z.number().nullable().describe('Since when, on the monotonic clock of `boot`.'),
    commissioned: z.boolean(),
    faults: z.array(z.string()).describe('Codes standing against the lane and its devices.'),
  })
  .describe('A lane as it is now. Retained, hence nothing personal in it.');

export const alarmPayload = z
  .strictObject({
    schema: z.literal('gatehouse/alarm/1'),
    gateway,
    boot,
    at: moment,
    active: z.boolean().describe('An emergency stands.'),
    causes: z
      .array(
        z.strictObject({
          key: z.string().describe('Name of the cause, as in the `claim` records that it makes.'),
          purpose: z.enum(['fire', 'emergency']),
          via: z.string().describe('contact | button | cli | …'),
          sinceWall: z.number().describe('Wall milliseconds.'),
          lanes: z.array(
            z.strictObject({
              lane: z.string(),
              position: z.string().describe('As of the lane’s state.'),
              basis: z.string(),
              openedMs: z.number().nullable().describe('From the cause to an open boom; null while it has not been.'),
              openedBasis: z.enum(['measured', 'presumed']).nullable(),
              alternative: z.string().nullable().describe('Of a lane not open: the nearest that is.'),
              alternativeBasis: z
                .enum(['measured', 'presumed'])
                .nullable()
                .describe('presumed: no limit shows it open.'),
            }),
          ),
        }),
      )
      .describe('At most 100, the oldest.'),
    omitted: z.number().int().min(0).describe('Standing beyond those listed.'),
  })
  .describe(
    'The emergencies that stand now; goes out before everything else that waits. Retained, hence nothing personal in it.',
  );

export const faultsPayload = z
  .strictObject({
    schema: z.literal('gatehouse/faults/1'),
    gateway,
    boot,
    at: moment,
    faults: z
      .array(
        z.strictObject({
          code: z.string(),
          subject: z.string().describe('Lane, device or line id, `site` or another part of the gateway.'),
          sinceWall: z.number().describe('Wall milliseconds.'),
        }),
      )
      .describe('At most 500, the newest.'),
    omitted: z.number().int().min(0).describe('Standing beyond those listed.'),
  })
  .describe('All that stands now; overtakes the outbox. Retained, hence nothing personal in it.');

export const anchorPayload = z
  .strictObject({
    schema: z.literal('gatehouse/anchor/1'),
    gateway,
    epoch,
    seq,
    hash: z.string().describe('Of that record in the hash chain, hexadecimal.'),
    atWall: z.number(),
  })
  .describe('Where the hash chain of the journal stood: whoever keeps it can prove a later edit. Retained.');

export type EventPayload = z.infer<typeof eventPayload>;
export type StatusPayload = z.infer<typeof statusPayload>;
export type LaneStatePayload = z.infer<typeof laneStatePayload>;
export type AlarmPayload = z.infer<typeof alarmPayload>;
export type FaultsPayload = z.infer<typeof faultsPayload>;
export type AnchorPayload = z.infer<typeof anchorPayload>;
export type Moment = z.infer<typeof moment>;
