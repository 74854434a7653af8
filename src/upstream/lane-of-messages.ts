/** What the one window in flight is filled from, in this order: the newest state first, then the outbox. */

export interface Outgoing {
  readonly topic: string;
  /** Empty = clear what the broker retains. */
  readonly payload: string;
  readonly retain: boolean;
  /** The lane's own mark, given back when the broker has acknowledged it. */
  readonly token: number;
}

/** A source of messages. After `rewind` everything not acknowledged comes again, in the same order. */
export interface MessageLane {
  next(): Outgoing | null;
  acknowledged(token: number): void;
  rewind(): void;
}
