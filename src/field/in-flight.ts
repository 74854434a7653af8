/** The one transaction on the wire. */
import type { ModbusFailure, ModbusReply, ModbusRequest } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';
import type { Job } from './line-queue.ts';
import type { Wire } from './link.ts';
import { replyLength } from './modbus-frame.ts';
import type { Poll } from './poll-plan.ts';
import type { UnitHealth } from './unit-health.ts';

/** An answer set aside until it is clear that no other comes. */
export interface Held {
  readonly bytes: Uint8Array;
  readonly at: Mono;
  /** Sooner than this unit has ever answered. */
  readonly early: boolean;
}

export interface InFlight {
  readonly request: ModbusRequest;
  readonly job: Job | null;
  readonly poll: Poll | null;
  readonly unit: UnitHealth;
  readonly sentAt: Mono;
  /** The request's last bit is on the wire. */
  readonly wireEndAt: Mono;
  readonly transaction: number;
  /** What went out, CRC included. */
  readonly rtu: Uint8Array;
  /** The adapter has returned our own frame. */
  echoSeen: boolean;
  /** Its deadline has been moved once, for a reply that was arriving. */
  extended: boolean;
  /** An answer that is believed once no other has come. */
  held: Held | null;
  /** A frame was taken for an earlier answer's repeat. */
  discarded: boolean;
  cancel: () => void;
}

type FailedReply = Extract<ModbusReply, { ok: false }>;

export function failure(why: ModbusFailure, detail: string, sentAt: Mono | null, settledAt: Mono): FailedReply {
  return { ok: false, why, detail, sentAt, settledAt };
}

/** An answer that is about to begin would collide with the frame; it is given this long, where the unit is known to be alive. */
export const answerPatienceMs = 20;

/**
 * When a read may be given up for life safety. What came before its own frame was out is no part of its answer; what goes on
 * beyond the answer's length is somebody who babbles, and is not waited for.
 */
export function abandonableAt(flight: InFlight, lastHeardAt: Mono, { silenceMs, charMs }: Wire): Mono {
  const patienceMs = flight.unit.answering ? Math.min(flight.unit.typicalMs, answerPatienceMs) : 0;
  const begunAt = flight.wireEndAt + Math.max(silenceMs, patienceMs);
  if (lastHeardAt <= flight.wireEndAt) return begunAt;
  return Math.min(lastHeardAt, begunAt + replyLength(flight.request) * charMs) + silenceMs;
}

/** Life safety waits no longer for a wire on which somebody speaks without a pause: its frame takes its chance then. */
export function noisePatienceMs({ silenceMs }: Wire): number {
  return Math.max(10, 2 * silenceMs);
}

export function isOwnFrame(flight: InFlight, bytes: Uint8Array): boolean {
  return bytes.length === flight.rtu.length && bytes.every((byte, at) => byte === flight.rtu[at]);
}
