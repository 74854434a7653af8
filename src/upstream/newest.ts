/** Retained topics: of each only the newest payload matters, so a month offline costs one payload a topic (I15). */
import { type Cause, isAboutSize, mqttCause } from './causes.ts';
import type { MessageLane, Outgoing } from './lane-of-messages.ts';
import { publishBytes } from './packet-size.ts';

interface Slot {
  readonly topic: string;
  payload: string;
  essence: string;
  /** Counts the payloads; equal to `sent` when the newest has left. */
  version: number;
  sent: number;
  inFlight: boolean;
  refusal: Refusal | null;
  /** Connections in a row that ended while it was the one to be answered first. */
  cuts: number;
}

/** Why the broker has not got the newest of a topic; stands until it takes one. */
interface Refusal {
  readonly cause: Cause;
  /** A smaller payload may pass; null = its size is not the reason. */
  readonly bytes: number | null;
  /** It is not sent until the next connection, or until `tryAgain`; null = it may be sent. */
  held: 'connection' | 'later' | null;
}

export interface LeftOut {
  readonly topic: string;
  readonly cause: Cause;
}

/** Lanes and a handful of topics of the gateway; more is no site of ours. */
const TOPICS_MAX = 1000;
/** Connections that a topic may end before it is left out. */
const CUTS_MAX = 6;

export class Newest implements MessageLane {
  readonly #slots = new Map<string, Slot>();
  readonly #tokens = new Map<number, { readonly slot: Slot; readonly version: number; readonly bytes: number }>();
  #serial = 0;
  #packetBytesMax: number | null = null;

  /**
   * @param essence what makes the payload another one: a state that only bears a later time is not sent again.
   * @returns false where there is no room for another topic.
   */
  set(topic: string, payload: string, essence: string = payload): boolean {
    const slot = this.#slots.get(topic);
    if (slot === undefined) {
      if (this.#slots.size >= TOPICS_MAX) return false;
      const fresh = { version: 1, sent: 0, inFlight: false, refusal: null, cuts: 0 };
      this.#slots.set(topic, { topic, payload, essence, ...fresh });
    } else if (slot.essence !== essence) {
      slot.payload = payload;
      slot.essence = essence;
      slot.version += 1;
      const { refusal } = slot;
      if (refusal !== null && publishBytes(topic, payload) < (refusal.bytes ?? 0)) refusal.held = null;
    }
    return true;
  }

  /** Takes the topic off the broker too, if it ever got there. */
  clear(topic: string): void {
    if (this.#slots.has(topic)) this.set(topic, '');
  }

  topics(): readonly string[] {
    return [...this.#slots.values()].flatMap(({ topic, payload }) => (payload === '' ? [] : [topic]));
  }

  /** Topics of which the broker does not take what there is to say. */
  leftOut(): readonly LeftOut[] {
    return [...this.#slots.values()].flatMap(({ topic, payload, refusal }) =>
      refusal === null || payload === '' ? [] : [{ topic, cause: refusal.cause }],
    );
  }

  /** Bytes of a packet that the broker of this connection takes; null = it does not say. */
  set packetBytesMax(bytes: number | null) {
    this.#packetBytesMax = bytes;
  }

  next(): Outgoing | null {
    for (const slot of this.#slots.values()) {
      // One in flight a topic: the broker keeps the last to arrive, which must be the newest.
      if (slot.inFlight || slot.sent === slot.version || (slot.refusal?.held ?? null) !== null) continue;
      const { topic, payload } = slot;
      const bytes = publishBytes(topic, payload);
      if (bytes > (this.#packetBytesMax ?? Infinity)) {
        slot.refusal = { cause: mqttCause(149, true), bytes, held: 'connection' };
        continue;
      }
      slot.inFlight = true;
      slot.sent = slot.version;
      const token = ++this.#serial;
      this.#tokens.set(token, { slot, version: slot.version, bytes });
      return { topic, payload, retain: true, token, bytes };
    }
    return null;
  }

  acknowledged(token: number): void {
    const found = this.#tokens.get(token);
    this.#tokens.delete(token);
    if (found === undefined) return;
    const { slot } = found;
    slot.inFlight = false;
    slot.refusal = null;
    slot.cuts = 0;
    if (slot.payload === '' && found.version === slot.version) this.#slots.delete(slot.topic);
  }

  refused(token: number, cause: Cause): void {
    const found = this.#tokens.get(token);
    this.#tokens.delete(token);
    if (found === undefined) return;
    const { slot, bytes } = found;
    slot.inFlight = false;
    slot.sent = 0;
    // Not with the next connection: some brokers end the connection with each refusal, and records would hardly get through.
    slot.refusal = { cause, bytes: isAboutSize(cause) ? bytes : null, held: 'later' };
  }

  /** What was left out may be taken by now; one that ended connections is let do so once more, and no oftener. */
  tryAgain(): void {
    for (const { refusal } of this.#slots.values()) if (refusal !== null) refusal.held = null;
  }

  /** Another broker may stand there now, or one that forgot: everything goes out again. */
  rewind(cut: Cause | null): void {
    const [oldest] = this.#tokens.values();
    if (oldest !== undefined && cut !== null) {
      const { slot, bytes } = oldest;
      slot.cuts = Math.min(CUTS_MAX, slot.cuts + 1);
      if (slot.cuts >= CUTS_MAX) slot.refusal = { cause: cut, bytes, held: 'later' };
    }
    this.#tokens.clear();
    for (const slot of this.#slots.values()) {
      slot.inFlight = false;
      slot.sent = 0;
      if (slot.refusal?.held === 'connection') slot.refusal.held = null;
    }
  }
}
