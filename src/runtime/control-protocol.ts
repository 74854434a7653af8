/** Between `gatehouse …` and the running daemon: one JSON object a line over a Unix socket that only the service's user may open. */
import { join } from 'node:path';
import { z } from 'zod';

export const controlPath = (stateDir: string): string => join(stateDir, 'control.sock');

/** Blanks are nobody's name, and no reason. */
const actor = z.string().trim().min(1).max(80);
const lane = z.string().min(1).max(80);
const card = { bits: z.number().int().min(1).max(128), value: z.string().regex(/^[0-9a-f]{1,32}$/) };
const credential = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('plate'),
    plate: z.string().max(64),
    color: z.string().max(20).nullable(),
    confidence: z.number().min(0).max(1),
    /** Held to the reader beside it, for a rehearsal only. */
    card: z.strictObject(card).nullable().optional(),
  }),
  z.strictObject({ kind: z.literal('card'), ...card }),
]);

const reach = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lane'), lane }),
  z.strictObject({ kind: z.literal('route'), route: z.string().min(1).max(80) }),
  z.strictObject({ kind: z.literal('site') }),
]);

const reason = z.string().trim().min(1).max(400);
const orderedPurpose = z.enum(['hold', 'lockdown', 'outOfService']);
const claimReach = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lane'), lane }),
  z.strictObject({ kind: z.literal('site') }),
]);

export const controlRequest = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('status') }),
  z.strictObject({ method: z.literal('follow') }),
  /** Beside `follow`, on the same connection: what this reader sends and is refused. */
  z.strictObject({ method: z.literal('overhear'), device: z.string().min(1).max(80) }),
  z.strictObject({ method: z.literal('reload') }),
  z.strictObject({ method: z.literal('refreshLists') }),
  z.strictObject({
    method: z.literal('simulate'),
    lane,
    direction: z.enum(['in', 'out']).nullable(),
    credential,
    /** Wall milliseconds to decide at, for a rehearsal. */
    at: z.number().nullable(),
    actuate: z.boolean(),
  }),
  z.strictObject({
    method: z.literal('acknowledge'),
    lane,
    fault: z.string().min(1).max(80),
    by: actor,
    reason,
  }),
  /** Again and again while a person holds the close; the connection itself is his hold, and its end lets go. */
  z.strictObject({ method: z.literal('holdClose'), lane, by: actor }),
  z.strictObject({ method: z.literal('letGoClose'), lane, by: actor }),
  z.strictObject({
    method: z.literal('bypass'),
    lane,
    input: z.string().min(1).max(80),
    by: actor,
    reason,
    forMs: z.number().positive(),
  }),
  z.strictObject({ method: z.literal('endBypass'), lane, input: z.string().min(1).max(80), by: actor }),
  z.strictObject({
    method: z.literal('emergency'),
    reach,
    by: actor,
    reason,
  }),
  /** What a drill would move; moves nothing. */
  z.strictObject({ method: z.literal('previewDrill'), reach }),
  z.strictObject({ method: z.literal('drill'), reach, by: actor, note: z.string().max(400) }),
  z.strictObject({
    method: z.literal('recordDrill'),
    case: z.literal('mainsOff'),
    lane,
    by: actor,
    ms: z.number().int().min(100).max(3_600_000),
    result: z.enum(['passed', 'failed']),
    note: z.string().max(400),
  }),
  z.strictObject({ method: z.literal('open'), lane, by: actor, reason: reason.nullable() }),
  z.strictObject({
    method: z.literal('giveReason'),
    opening: z.string().min(1).max(80),
    by: actor,
    reason,
  }),
  z.strictObject({
    method: z.literal('claim'),
    purpose: orderedPurpose,
    reach: claimReach,
    by: actor,
    reason,
    /** Milliseconds until it ends by itself. */
    forMs: z
      .number()
      .int()
      .min(1000)
      .max(30 * 86_400_000)
      .nullable(),
    /** Of a hold: vehicles behind which it ends. */
    passages: z.number().int().min(1).max(999).nullable(),
  }),
  z.strictObject({ method: z.literal('endClaim'), purpose: orderedPurpose, reach: claimReach, by: actor }),
  z.strictObject({ method: z.literal('release'), lane, key: z.string().min(1).max(80), by: actor }),
]);

export type ControlRequest = z.infer<typeof controlRequest>;

export type ControlReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly why: string };

/** A line longer than this is no request of ours. */
export const lineMax = 64 * 1024;
