/** Who comes with a card: residents whose permit asks for both halves, couriers with a card alone, and one who tries cards. */
import type { Direction } from '../core/values.ts';
import type { Random } from './random.ts';
import type { Arrival, Cast, SimCard } from './traffic.ts';

export interface ReaderLane {
  readonly id: string;
  readonly direction: Direction;
}

/** Card numbers as a reader that sends ten digits gives them: 32 bits. */
export function cardOf(number: number): SimCard {
  return { bits: 32, value: number.toString(16) };
}

/** Ten digits, as printed on the card and written in the list. */
export function printedNumber(card: SimCard): string {
  return Number.parseInt(card.value, 16).toString().padStart(10, '0');
}

/** Of a day's cars, beside the plates alone; each visit is at a lane that has a reader. */
const SHARE_OF_CARS = 0.1;
/** When in the day somebody tries card after card. */
const TRIER_AT = 0.55;
const FIRST_AT_MS = 9000;
const TRIED_CARDS = 5;

/** In order. None where no lane has a reader. */
export function planCards(
  random: Random,
  cast: Cast,
  plan: { readonly dayMs: number; readonly cars: number; readonly lanes: readonly ReaderLane[] },
): readonly Arrival[] {
  const [first] = plan.lanes;
  if (first === undefined) return [];
  const count = Math.max(2, Math.round(plan.cars * SHARE_OF_CARS));
  const visits = Array.from({ length: count }, (_, at) => {
    const kind = at === 0 || random.chance(0.6) ? ('plateAndCard' as const) : ('cardOnly' as const);
    const when = at === 0 ? Math.min(FIRST_AT_MS, plan.dayMs / 10) : random.between(0.1, 0.95) * plan.dayMs;
    return visit(random, cast, random.pick(plan.lanes), kind, when);
  });
  return [...visits, trier(random, first, TRIER_AT * plan.dayMs)].sort((a, b) => a.at - b.at);
}

function visit(random: Random, cast: Cast, lane: ReaderLane, kind: 'plateAndCard' | 'cardOnly', at: number): Arrival {
  const who = random.pick(kind === 'plateAndCard' ? cast.cardHolders : cast.cardCouriers);
  return {
    ...{ at, lane: lane.id, direction: lane.direction, kind, plate: who.plate, color: who.color, read: who.plate },
    confidence: random.between(0.9, 0.99),
    followed: false,
    cards: [who.card],
  };
}

/** No plate that a camera could read, and a stack of cards that no list knows. */
function trier(random: Random, lane: ReaderLane, at: number): Arrival {
  const cards = Array.from({ length: TRIED_CARDS }, () => cardOf(random.whole(4_000_000_000, 4_200_000_000)));
  return {
    ...{ at, lane: lane.id, direction: lane.direction, kind: 'cardTrier', plate: '', color: 'unknown', read: '' },
    confidence: 0,
    followed: false,
    cards,
  };
}
