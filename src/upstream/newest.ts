/** Retained topics: of each only the newest payload matters, so a month offline costs one payload a topic (I15). */
import type { MessageLane, Outgoing } from './lane-of-messages.ts';

interface Slot {
  readonly topic: string;
  payload: string;
  essence: string;
  /** Counts the payloads; equal to `sent` when the newest has left. */
  version: number;
  sent: number;
  inFlight: boolean;
}

/** Lanes and a handful of topics of the gateway; more is no site of ours. */
const TOPICS_MAX = 1000;

export class Newest implements MessageLane {
  readonly #slots = new Map<string, Slot>();
  readonly #tokens = new Map<number, { readonly slot: Slot; readonly version: number }>();
  #serial = 0;

  /**
   * @param essence what makes the payload another one: a state that only bears a later time is not sent again.
   * @returns false where there is no room for another topic.
   */
  set(topic: string, payload: string, essence: string = payload): boolean {
    const slot = this.#slots.get(topic);
    if (slot === undefined) {
      if (this.#slots.size >= TOPICS_MAX) return false;
      this.#slots.set(topic, { topic, payload, essence, version: 1, sent: 0, inFlight: false });
    } else if (slot.essence !== essence) {
      slot.payload = payload;
      slot.essence = essence;
      slot.version += 1;
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

  next(): Outgoing | null {
    for (const slot of this.#slots.values()) {
      // One in flight a topic: the broker keeps the last to arrive, which must be the newest.
      if (slot.inFlight || slot.sent === slot.version) continue;
      slot.inFlight = true;
      slot.sent = slot.version;
      const token = ++this.#serial;
      this.#tokens.set(token, { slot, version: slot.version });
      return { topic: slot.topic, payload: slot.payload, retain: true, token };
    }
    return null;
  }

  acknowledged(token: number): void {
    const found = this.#tokens.get(token);
    this.#tokens.delete(token);
    if (found === undefined) return;
    found.slot.inFlight = false;
    if (found.slot.payload === '' && found.version === found.slot.version) this.#slots.delete(found.slot.topic);
  }

  /** Another broker may stand there now, or one that forgot: everything goes out again. */
  rewind(): void {
    this.#tokens.clear();
    for (const slot of this.#slots.values()) {
      slot.inFlight = false;
      slot.sent = 0;
    }
  }
}
