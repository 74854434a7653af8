/** One connection to a broker, from the attempt to its end; it is never opened again (pitfalls.md mqtt). */
import type { Cause } from './causes.ts';
import type { Incoming } from './ignored.ts';
import type { UplinkSettings } from './settings.ts';

export interface LinkMessage {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** What the broker said of itself when it took us. */
export interface BrokerLimits {
  /** Unacknowledged messages at a time. */
  readonly inFlightMax: number;
  /** Bytes of a whole packet; null = none named. */
  readonly packetBytesMax: number | null;
  /** The keepalive that it orders in place of ours; null = ours. */
  readonly keepaliveMs: number | null;
}

export interface LinkEvents {
  opened(limits: BrokerLimits): void;
  received(message: Incoming): void;
  /** Anything at all came in. */
  heard(): void;
  /** Once, whatever the reason; nothing follows. Not called after `close`. */
  ended(cause: Cause): void;
}

export interface Link {
  /** At QoS 1. `done` gets null once acknowledged; after the end of the connection it is not called any more. */
  publish(message: LinkMessage, done: (refusal: Cause | null) => void): void;
  subscribe(filter: string, done: (refused: boolean) => void): void;
  /** Politely: with DISCONNECT, so that the will is not sent. */
  leave(done: () => void): void;
  /** At once. */
  close(): void;
}

/** Never throws: what fails comes as `ended`, later. */
export type Dial = (settings: UplinkSettings, will: LinkMessage, events: LinkEvents) => Link;
