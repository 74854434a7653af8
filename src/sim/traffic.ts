/** A day of cars at a residential gate, from one seed: who comes, when, to which lane, and what is special about them. */
import type { PlateColor } from '../core/presentation.ts';
import type { Direction } from '../core/values.ts';
import type { Random } from './random.ts';

export type CarKind =
  | 'resident'
  | 'visitor'
  | 'courier'
  | 'blocked'
  | 'misread'
  | 'noPlate'
  | 'stranger'
  | 'tailgater'
  | 'turnsBack'
  | 'emergency'
  | 'plateAndCard'
  | 'cardOnly'
  | 'cardTrier';

export interface ListedCar {
  readonly plate: string;
  readonly color: PlateColor;
  readonly holder: string;
  readonly room: string;
}

export interface SimCard {
  readonly bits: number;
  /** Hexadecimal without leading zeros. */
  readonly value: string;
}

export interface CardHolder extends ListedCar {
  readonly card: SimCard;
}

export interface Cast {
  readonly residents: readonly ListedCar[];
  readonly visitors: readonly ListedCar[];
  readonly couriers: readonly ListedCar[];
  readonly blocked: readonly ListedCar[];
  /** Their permits ask for plate and card. */
  readonly cardHolders: readonly CardHolder[];
  /** Only their cards are listed; the vans change. */
  readonly cardCouriers: readonly CardHolder[];
}

export interface Arrival {
  /** Milliseconds after the day began to run. */
  readonly at: number;
  readonly lane: string;
  readonly direction: Direction;
  readonly kind: CarKind;
  readonly plate: string;
  readonly color: PlateColor;
  /** What the camera makes of it; `''` where it reads nothing. */
  readonly read: string;
  readonly confidence: number;
  /** A second car that follows on this one's opening. */
  readonly followed: boolean;
  /** Shown to the reader one after the other, once the car stands there. */
  readonly cards: readonly SimCard[];
}

/** Share of a day's traffic by hour: out in the morning, in at the evening (a common shape for residential gates). */
export const dayCurve: readonly number[] = [
  0.4, 0.2, 0.1, 0.1, 0.3, 1.2, 3.2, 8.5, 8.8, 5, 3.8, 4.2, 4.6, 4, 3.6, 4, 5.2, 8.2, 9.4, 7.2, 5.4, 4.2, 2.6, 1.2,
];

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const serial = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const surnames = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙'];
/** One sign misread as another (protocols.md §7). */
const misreadings: readonly (readonly [string, string])[] = [
  ['8', 'B'],
  ['0', 'D'],
  ['5', 'S'],
  ['2', 'Z'],
  ['6', 'G'],
];

export function makeCast(random: Random, province: string, residents = 400): Cast {
  const taken = new Set<string>();
  const car = (): ListedCar => {
    for (;;) {
      const newEnergy = random.chance(0.3);
      const rest = Array.from({ length: newEnergy ? 4 : 5 }, () =>
        random.pick([...(newEnergy ? '0123456789' : serial)]),
      ).join('');
      const plate = `${province}${random.pick([...letters])}${newEnergy ? `D${random.pick([...serial])}` : ''}${rest}`;
      if (taken.has(plate)) continue;
      taken.add(plate);
      return {
        plate,
        color: newEnergy ? 'green' : 'blue',
        holder: `${random.pick(surnames)}${random.pick(['先生', '女士'])}`,
        room: `${random.whole(1, 12)}-${random.whole(1, 18)}0${random.whole(1, 4)}`,
      };
    }
  };
  const many = (count: number): readonly ListedCar[] => Array.from({ length: count }, car);
  const cast = { residents: many(residents), visitors: many(40), couriers: many(12), blocked: many(5) };
  let number = 13_961_168;
  const withCard = (one: ListedCar): CardHolder => {
    number += random.whole(1, 90_000);
    return { ...one, card: { bits: 32, value: number.toString(16) } };
  };
  return { ...cast, cardHolders: many(10).map(withCard), cardCouriers: many(4).map(withCard) };
}

export interface DayPlan {
  /** How long the whole day takes, milliseconds. */
  readonly dayMs: number;
  readonly cars: number;
  /** Hour at which the run begins. */
  readonly fromHour: number;
  readonly lanes: readonly { readonly id: string; readonly directions: readonly Direction[] }[];
}

/** Nobody shall look at an empty gate. */
const FIRST_MS = 300;

/** Arrivals in order; the first comes at once. */
export function planDay(random: Random, cast: Cast, plan: DayPlan): readonly Arrival[] {
  const total = dayCurve.reduce((sum, share) => sum + share, 0);
  const hourMs = plan.dayMs / 24;
  const arrivals: Arrival[] = [arrival(random, cast, plan, FIRST_MS, 'resident')];
  for (let hour = 0; hour < 24; hour++) {
    const share = dayCurve[(plan.fromHour + hour) % 24] ?? 0;
    const cars = Math.round((plan.cars * share) / total);
    for (let car = 0; car < cars; car++)
      arrivals.push(arrival(random, cast, plan, hour * hourMs + random.next() * hourMs, null));
  }
  return arrivals.sort((a, b) => a.at - b.at);
}

const mix: readonly (readonly [CarKind, number])[] = [
  ['resident', 62],
  ['visitor', 8],
  ['courier', 8],
  ['blocked', 3],
  ['misread', 5],
  ['noPlate', 4],
  ['stranger', 4],
  ['tailgater', 3],
  ['turnsBack', 2],
  ['emergency', 1],
];

function arrival(random: Random, cast: Cast, plan: DayPlan, at: number, only: CarKind | null): Arrival {
  const lane = random.pick(plan.lanes);
  const kind = only ?? pickKind(random);
  const listed = pickCar(random, cast, kind);
  const read = readingOf(random, kind, listed.plate);
  return {
    at,
    lane: lane.id,
    direction: random.pick(lane.directions),
    kind,
    plate: listed.plate,
    color: listed.color,
    read,
    confidence: kind === 'noPlate' ? 0 : random.between(0.88, 0.99),
    followed: kind === 'tailgater',
    cards: [],
  };
}

function pickKind(random: Random): CarKind {
  let at = random.next() * mix.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of mix) {
    at -= weight;
    if (at < 0) return kind;
  }
  return 'resident';
}

function pickCar(random: Random, cast: Cast, kind: CarKind): { readonly plate: string; readonly color: PlateColor } {
  switch (kind) {
    case 'visitor':
      return random.pick(cast.visitors);
    case 'courier':
      return random.pick(cast.couriers);
    case 'blocked':
      return random.pick(cast.blocked);
    case 'stranger':
      return { plate: `沪C${random.whole(10_000, 99_999)}`, color: 'blue' };
    case 'emergency':
      return { plate: `${cast.residents[0]?.plate[0] ?? '京'}AX${random.whole(1000, 9999)}应急`, color: 'white' };
    default:
      return random.pick(cast.residents);
  }
}

function readingOf(random: Random, kind: CarKind, plate: string): string {
  if (kind === 'noPlate') return '';
  if (kind !== 'misread') return plate;
  const tail = [...plate];
  for (const [is, seen] of misreadings) {
    const at = tail.lastIndexOf(is);
    if (at < 2) continue;
    tail[at] = seen;
    return tail.join('');
  }
  // Nothing on this plate is easily confused: the last sign is lost instead.
  return random.chance(0.5) ? '' : plate.slice(0, -1);
}
