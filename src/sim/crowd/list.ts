/** Who may pass, as the committee keeps it; people know their own plate, the gateway is told the rows. */
import type { ListRow } from '../../core/decide/facts.ts';
import type { Random } from '../random.ts';

export interface Listed {
  readonly rows: readonly ListRow[];
  readonly residents: readonly string[];
  /** One use each. */
  readonly visitors: readonly string[];
  readonly blocked: readonly string[];
  readonly strangers: readonly string[];
  /** Plate and card, both needed. */
  readonly pairs: readonly { readonly plate: string; readonly card: string }[];
  /** Permits with terms of their own: ended, not begun, at night, elsewhere, outward, of another colour, three times. */
  readonly terms: readonly string[];
  /** One card for the whole party, hexadecimal of 24 bits: good for so many openings as it has uses. */
  readonly groupCard: string;
  /** Cards that open by themselves, hexadecimal of 24 bits. */
  readonly cards: readonly string[];
}

const CHARACTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789';
const VISITORS = 60;
const GROUP_USES = 4;
const DAY_MS = 86_400_000;
/** 2026-11-23, when every season begins. */
const BEGINS = 1_795_399_200_000;
/** The site's calendar has it from one to two. */
export const NIGHT = 'night';
const TERMS: readonly Partial<ListRow>[] = [
  { validTo: BEGINS - DAY_MS },
  { validFrom: BEGINS + 60 * DAY_MS },
  { windows: [NIGHT] },
  { lanes: ['elsewhere'] },
  { directions: ['out'] },
  { color: 'green' },
  { usesLeft: 3 },
];

export function drawList(random: Random): Listed {
  const residents = plates(random.fork('residents'), 8, 'A');
  const visitors = plates(random.fork('visitors'), VISITORS, 'V');
  const blocked = plates(random.fork('blocked'), 1, 'B');
  const strangers = plates(random.fork('strangers'), 6, 'S');
  const pairs = plates(random.fork('pairs'), 2, 'P').map((plate, at) => ({ plate, card: `c0ffe${at}` }));
  const terms = plates(random.fork('terms'), TERMS.length, 'T');
  const cards = ['d507d0', 'a1b2c3'];
  const groupCard = 'beef01';
  const rows = [
    ...residents.map((plate, at) => rowOf(`r${at}`, `plate:${plate}`)),
    ...visitors.map((plate, at) => ({ ...rowOf(`v${at}`, `plate:${plate}`), category: 'visitor', usesLeft: 1 })),
    ...blocked.map((plate, at) => ({ ...rowOf(`b${at}`, `plate:${plate}`), blocked: true })),
    ...cards.map((card, at) => rowOf(`k${at}`, `card:24:${card}`)),
    { ...rowOf('g0', `card:24:${groupCard}`), category: 'visitor', usesLeft: GROUP_USES },
    ...terms.map((plate, at) => ({ ...rowOf(`t${at}`, `plate:${plate}`), ...TERMS[at] })),
    ...pairs.flatMap(({ plate, card }, at) =>
      [`plate:${plate}`, `card:24:${card}`].map((key, half) => ({
        ...rowOf(`p${at}.${half}`, key),
        permit: `pair${at}`,
        requires: 'plateAndCard' as const,
      })),
    ),
  ];
  return { rows, residents, visitors, blocked, strangers, terms, pairs, cards, groupCard };
}

/** Five signs drawn anew for each: two of them are never one plate misread. */
function plates(random: Random, count: number, letter: string): readonly string[] {
  const found: string[] = [];
  while (found.length < count) {
    const signs = Array.from({ length: 5 }, () => random.pick([...CHARACTERS].slice(8))).join('');
    const plate = `京${letter}${signs}`;
    if (found.every((other) => differing(other, plate) > 2)) found.push(plate);
  }
  return found;
}

function differing(one: string, other: string): number {
  return [...one].filter((sign, at) => sign !== other[at]).length;
}

function rowOf(id: string, key: string): ListRow {
  return {
    id,
    key,
    color: null,
    blocked: false,
    enabled: true,
    category: 'resident',
    lanes: [],
    directions: [],
    validFrom: null,
    validTo: null,
    windows: [],
    permit: id,
    requires: 'any',
    usesLeft: null,
    holder: null,
    room: null,
  };
}
