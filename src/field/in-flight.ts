/** The one transaction on the wire. */
import type { ModbusFailure, ModbusReply, ModbusRequest } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';
import type { Job } from './line-queue.ts';
import type { Poll } from './poll-plan.ts';
import type { UnitHealth } from './unit-health.ts';

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
  cancel: () => void;
}

export function failure(why: ModbusFailure, detail: string, sentAt: Mono | null, settledAt: Mono): ModbusReply {
  return { ok: false, why, detail, sentAt, settledAt };
}

export function isOwnFrame(flight: InFlight, bytes: Uint8Array): boolean {
  return bytes.length === flight.rtu.length && bytes.every((byte, at) => byte === flight.rtu[at]);
}
