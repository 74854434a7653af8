/** What the one window in flight is filled from, in this order: the newest state first, then the outbox. */
import type { Cause } from './causes.ts';

export interface Outgoing {
  readonly topic: string;
  /** Empty = clear what the broker retains. */
  readonly payload: string;
  readonly retain: boolean;
  /** Of the whole packet. */
  readonly bytes: number;
  /** The lane's own mark, given back when the broker has acknowledged it. */
  readonly token: number;
}

/** A source of messages. After `rewind` everything not acknowledged comes again, in the same order. */
export interface MessageLane {
  next(): Outgoing | null;
  acknowledged(token: number): void;
  /** The broker named this very message as one that it does not take. */
  refused(token: number, cause: Cause): void;
  /** @param cut what ended the connection, where the lane's oldest message in flight may be the reason; else null. */
  rewind(cut: Cause | null): void;
}
