/** Who comes to a lane: residents, visitors, strangers, engines; with trailers, on e-bikes, on somebody's bumper. */
import type { Direction } from '../../core/values.ts';
import type { Random } from '../random.ts';
import type { Part } from '../yard/body.ts';
import type { Surroundings } from './surroundings.ts';
import type { Person } from './visit.ts';

const CAR: readonly Part[] = [{ from: 0, to: 4.5, isMetal: true }];
/** The drawbar is too thin for a loop, a radar or a beam. */
const TRAILER: readonly Part[] = [...CAR, { from: 5.9, to: 9.9, isMetal: true }];
const E_BIKE: readonly Part[] = [{ from: 0, to: 1.8, isMetal: false }];

/** Longer than the way from the loop to the road. */
const LORRY: readonly Part[] = [{ from: 0, to: 14, isMetal: true }];

const NOBODY: Person = {
  plate: null,
  color: 'blue',
  card: null,
  parts: CAR,
  isTailgater: false,
  stallMs: null,
  turnsBack: 'no',
  patienceMs: 25_000,
};

export class People {
  readonly #on: Surroundings;
  #visitor = 0;

  constructor(on: Surroundings) {
    this.#on = on;
  }

  /** A driver as he comes by chance. */
  driver(random: Random, direction: Direction): Person {
    const { list } = this.#on.plan;
    const who = random.next();
    const person = this.#ways(random);
    if (this.#on.has('permits') && random.chance(0.3)) return { ...person, plate: random.pick(list.terms) };
    if (who < 0.5) return { ...person, plate: random.pick(list.residents) };
    if (who < 0.65) return { ...person, plate: this.#nextVisitor(list.visitors) };
    if (who < 0.72) return { ...person, plate: random.pick(list.strangers) };
    if (who < 0.75) return { ...person, plate: random.pick(list.blocked) };
    if (who < 0.82) {
      const pair = random.pick(list.pairs);
      return { ...person, plate: pair.plate, card: random.chance(0.8) ? pair.card : null };
    }
    if (who < 0.9) return { ...person, card: random.pick(list.cards) };
    if (who < 0.93) return { ...person, plate: '京X1234应急', color: random.chance(0.8) ? 'white' : 'blue' };
    if (who < 0.95) return { ...person, plate: '京K00000' };
    return direction === 'out' || random.chance(0.5) ? person : { ...person, plate: random.pick(list.residents) };
  }

  /** Somebody who is on the list beyond doubt and does nothing odd. */
  resident(random: Random): Person {
    return { ...NOBODY, plate: random.pick(this.#on.plan.list.residents) };
  }

  rider(random: Random): Person {
    return { ...NOBODY, parts: E_BIKE, patienceMs: random.whole(8000, 15_000) };
  }

  tailgater(random: Random): Person {
    return { ...NOBODY, plate: random.pick(this.#on.plan.list.strangers), isTailgater: true };
  }

  /** Turns up with whatever card; nothing else is known of him. */
  withCard(card: string, plate: string | null = null): Person {
    return { ...NOBODY, card, plate, patienceMs: 40_000 };
  }

  /** Both halves of permits for plate and card; of one permit, or of two. */
  pair(random: Random, isOne: boolean): Person {
    const { pairs } = this.#on.plan.list;
    const at = random.whole(0, pairs.length - 1);
    const other = pairs[isOne ? at : (at + 1) % pairs.length];
    return this.withCard(other?.card ?? '', pairs[at]?.plate ?? null);
  }

  /** A resident whose plate is dirt or snow: the camera sees a car and no text. */
  unread(random: Random): Person {
    return { ...this.resident(random), plate: '', patienceMs: random.whole(15_000, 40_000) };
  }

  /** A resident as the camera sees him from behind. */
  leaving(random: Random): Person {
    return { ...this.resident(random), isSeenLeaving: true };
  }

  lorry(random: Random): Person {
    return { ...this.resident(random), parts: random.chance(0.5) ? LORRY : TRAILER };
  }

  #nextVisitor(visitors: readonly string[]): string {
    const at = this.#visitor;
    this.#visitor += 1;
    return visitors[at % visitors.length] ?? '';
  }

  #ways(random: Random): Person {
    const has = this.#on.has;
    return {
      ...NOBODY,
      parts: has('trailers') && random.chance(0.25) ? TRAILER : CAR,
      stallMs: has('stalls') && random.chance(0.2) ? random.whole(2000, 45_000) : null,
      turnsBack: has('reversers') && random.chance(0.25) ? random.pick(['before', 'under']) : 'no',
      patienceMs: random.whole(15_000, 40_000),
    };
  }
}
