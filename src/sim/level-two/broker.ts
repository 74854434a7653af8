/** The property company's broker: it takes messages and acknowledges them, vanishes, refuses, falls silent, and comes back. */
import type { Random } from '../random.ts';
import type { Agenda } from '../yard/agenda.ts';

/** open · gone: no way there · refusing: it answers and takes nobody · mute: connected, and nothing comes back. */
export type BrokerMood = 'open' | 'gone' | 'refusing' | 'mute';

/** Why a connection ended, in the gateway's own words. */
export interface BrokerCauses<C> {
  readonly gone: C;
  readonly refused: C;
  readonly lost: C;
}

export interface BrokerEnd<C> {
  opened(): void;
  heard(): void;
  ended(cause: C): void;
}

export interface BrokerMessage {
  readonly topic: string;
  readonly payload: string;
}

export interface BrokerLink {
  /** `done` is called once it is acknowledged, if ever. */
  publish(message: BrokerMessage, done: () => void): void;
  subscribe(done: () => void): void;
  leave(done: () => void): void;
  close(): void;
}

/** An event as the platform has it, by what its payload says of itself. */
export interface Delivered {
  readonly epoch: string;
  readonly seq: number;
  readonly lane: string | null;
}

const CONNECT_MS: readonly [number, number] = [5, 80];
const ACK_MS: readonly [number, number] = [2, 60];
const PING_MS = 10_000;

export class Broker<C> {
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #causes: BrokerCauses<C>;
  readonly #arrived: (event: Delivered) => void;
  readonly #links = new Set<{ readonly end: BrokerEnd<C>; isOver: boolean }>();
  #mood: BrokerMood = 'open';
  /** Events that came, repetitions among them. */
  events = 0;
  connections = 0;

  constructor(agenda: Agenda, random: Random, causes: BrokerCauses<C>, arrived: (event: Delivered) => void) {
    this.#agenda = agenda;
    this.#random = random;
    this.#causes = causes;
    this.#arrived = arrived;
  }

  become(mood: BrokerMood): void {
    this.#mood = mood;
    if (mood === 'open' || mood === 'mute') return;
    for (const one of [...this.#links]) this.#drop(one);
  }

  dial(end: BrokerEnd<C>): BrokerLink {
    const one = { end, isOver: false };
    let newestAt = 0;
    const later = (ms: number, act: () => void): void => {
      this.#agenda.after(ms, () => {
        if (!one.isOver) act();
      });
    };
    /** What goes one way on a connection stays in its order. */
    const inOrder = (act: () => void): void => {
      const { now } = this.#agenda;
      newestAt = Math.max(newestAt, now + this.#random.between(...ACK_MS));
      later(newestAt - now, act);
    };
    later(this.#random.between(...CONNECT_MS), () => {
      if (this.#mood === 'mute') return;
      if (this.#mood !== 'open') {
        one.isOver = true;
        return end.ended(this.#mood === 'gone' ? this.#causes.gone : this.#causes.refused);
      }
      this.connections++;
      this.#links.add(one);
      end.opened();
      const ping = (): void => {
        if (this.#mood === 'open') end.heard();
        later(PING_MS, ping);
      };
      ping();
    });
    return {
      publish: (message, done) =>
        inOrder(() => {
          if (this.#mood !== 'open') return;
          this.#take(message);
          // Whether it hears of that or not: then it comes again.
          later(this.#random.between(...ACK_MS), () => {
            if (this.#mood !== 'open') return;
            end.heard();
            done();
          });
        }),
      subscribe: (done) => later(this.#random.between(...ACK_MS), done),
      leave: (done) => {
        this.#links.delete(one);
        this.#agenda.after(this.#random.between(...ACK_MS), () => {
          one.isOver = true;
          done();
        });
      },
      close: () => {
        one.isOver = true;
        this.#links.delete(one);
      },
    };
  }

  #drop(one: { readonly end: BrokerEnd<C>; isOver: boolean }): void {
    this.#links.delete(one);
    this.#agenda.after(this.#random.between(0, 500), () => {
      if (one.isOver) return;
      one.isOver = true;
      one.end.ended(this.#causes.lost);
    });
  }

  #take({ topic, payload }: BrokerMessage): void {
    if (!topic.includes('/event/')) return;
    this.events++;
    const { epoch, seq, lane } = JSON.parse(payload) as Delivered;
    this.#arrived({ epoch, seq, lane });
  }
}
