/**
 * Contacts that stay on until they are ordered off, or may do so: a pulse over one of them would let it go behind itself, and that is
 * a close (I2, I3). What a frame on its way will do is not known yet: a contact counts as held while any doubt is left.
 */
import type { Mono } from '../../src/core/values.ts';

interface Contact {
  /** As it was written or read last. */
  on: boolean;
  writtenAt: Mono;
  /** Orders to stay on that are not settled yet. */
  waiting: number;
  readonly pulses: Set<AbortController>;
}

export class HeldContacts<Output extends string> {
  readonly #contacts = new Map<Output, Contact>();

  has(output: Output): boolean {
    const contact = this.#contacts.get(output);
    return contact !== undefined && (contact.on || contact.waiting > 0);
  }

  /** A level is ordered. Pulses that still wait for the wire are taken back before it: each would end what it begins. */
  order(output: Output, on: boolean): { settled(sentAt: Mono | null): void } {
    const contact = this.#of(output);
    if (on) {
      contact.waiting += 1;
      for (const pulse of contact.pulses) pulse.abort();
    }
    return {
      settled: (sentAt) => {
        if (on) contact.waiting -= 1;
        if (sentAt === null) return;
        contact.on = on;
        contact.writtenAt = sentAt;
      },
    };
  }

  /** A pulse is about to be queued; `taken` is aborted by a level that overtakes it. */
  pulse(output: Output): { readonly taken: AbortSignal; settled(): void } {
    const { pulses } = this.#of(output);
    const pulse = new AbortController();
    pulses.add(pulse);
    return { taken: pulse.signal, settled: () => void pulses.delete(pulse) };
  }

  /** Read back: a restart has left it on, or the board has lost it with its power. A read older than the last write says nothing. */
  read(output: Output, on: boolean, askedAt: Mono): void {
    const contact = this.#of(output);
    if (askedAt > contact.writtenAt) contact.on = on;
  }

  #of(output: Output): Contact {
    const known = this.#contacts.get(output);
    if (known !== undefined) return known;
    const made = { on: false, writtenAt: Number.NEGATIVE_INFINITY, waiting: 0, pulses: new Set<AbortController>() };
    this.#contacts.set(output, made);
    return made;
  }
}
