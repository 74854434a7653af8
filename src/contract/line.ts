/** What a driver may ask of its line. The line owns the port, the queue, the deadlines and the silence (design.md "Lines"). */
import type { Mono } from '../core/values.ts';

/** Strongest first. A higher one jumps the queue. */
export type LinePriority =
  | 'emergency'
  | 'reopen'
  | 'guard'
  | 'closingInputs'
  | 'command'
  | 'safetyInputs'
  | 'status'
  | 'probe';

export type ModbusFunction = 1 | 2 | 3 | 4 | 5 | 6 | 15 | 16;

/**
 * One Modbus transaction. `values` are bits (FC15) or 16-bit registers (FC16); `value` is the raw 16-bit word of FC05/FC06
 * (FC05 0xFF00 = on; Waveshare's flash is FC05 with 0x0007 = 700 ms). Modbus Application Protocol V1.1b3 §6.
 */
export type ModbusRequest =
  | { readonly fc: 1 | 2 | 3 | 4; readonly unit: number; readonly address: number; readonly count: number }
  | { readonly fc: 5 | 6; readonly unit: number; readonly address: number; readonly value: number }
  | { readonly fc: 15; readonly unit: number; readonly address: number; readonly values: readonly boolean[] }
  | { readonly fc: 16; readonly unit: number; readonly address: number; readonly values: readonly number[] };

export type ModbusReply =
  | {
      readonly ok: true;
      readonly bits: readonly boolean[];
      readonly registers: readonly number[];
      readonly sentAt: Mono;
      readonly receivedAt: Mono;
    }
  | {
      readonly ok: false;
      readonly why: ModbusFailure;
      readonly detail: string;
      readonly sentAt: Mono | null;
      readonly settledAt: Mono;
    };

/**
 * unanswered: no whole valid frame within the deadline · exception: the unit refused (detail has the code) ·
 * echoMismatch: a write's echo differs · expired: never sent, deadline passed in the queue or withdrawn · notClear: the `onlyIf` guard
 * was not met as the frame was due · unreachable: port closed · abandoned: a read given up for life safety · full: the queue's limit.
 */
export type ModbusFailure =
  | 'unanswered'
  | 'exception'
  | 'echoMismatch'
  | 'expired'
  | 'notClear'
  | 'unreachable'
  | 'abandoned'
  | 'full';

export interface TransactOptions {
  readonly priority: LinePriority;
  /** The frame is not begun after this. */
  readonly deadline: Mono;
  /**
   * Checked by the line in the same turn in which the frame's bytes are handed over: the unit's newest reading of
   * (fc, address, count) must be at most `maxAgeMs` old, counted from when it was asked for, and, under `mask`, equal to
   * `equals` (I2). Registers (FC03, FC04) count as 16 bits each, bit 0 first.
   */
  readonly onlyIf?:
    | {
        readonly fc: 1 | 2 | 3 | 4;
        readonly address: number;
        readonly count: number;
        readonly mask: readonly boolean[];
        readonly equals: readonly boolean[];
        readonly maxAgeMs: number;
      }
    | undefined;
  /** Aborted before the frame has begun: it is dropped as `expired`. Afterwards it changes nothing. */
  readonly signal?: AbortSignal | undefined;
  /**
   * This write of one coil (FC05) sets a level: it means the same in one frame with others of its unit, and once more by itself where
   * that frame was refused or not answered. Never a pulse, nor a step input's. The line joins what waits at the same moment (FC15).
   */
  readonly joins?: boolean | undefined;
  /** Shown in traces and matched in tests: the command id that this frame belongs to. */
  readonly tag?: string | undefined;
}

export interface PollHandle {
  /** Change period or priority; takes effect at once. */
  set(periodMs: number, priority: LinePriority): void;
  stop(): void;
}

export interface ModbusLine {
  readonly id: string;
  transact(request: ModbusRequest, options: TransactOptions): Promise<ModbusReply>;
  /** The line polls as often as its budget admits, fairly; each reply (or failure) is handed to `onReply`. */
  poll(
    name: string,
    request: ModbusRequest,
    periodMs: number,
    priority: LinePriority,
    onReply: (reply: ModbusReply) => void,
  ): PollHandle;
  /** Declares a unit so that the line learns its answer time and backs it off alone. */
  unit(unit: number): { readonly answering: boolean };
}
