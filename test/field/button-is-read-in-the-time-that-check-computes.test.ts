import { describe, expect, it } from 'vitest';
import { lineBudget, type Poll, type Wire as BudgetWire } from '../../src/config/budget.ts';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { answerMs } from '../../src/contract/line-timing.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { serialWire, tcpWire, type Wire } from '../../src/field/link.ts';
import { ModbusLineOwner } from '../../src/field/modbus-line.ts';
import { answerOf, BytePort } from './byte-port.ts';

interface Case {
  readonly name: string;
  readonly units: number;
  readonly periodMs: number;
  /** `null`: Modbus TCP. */
  readonly baud: number | null;
  /** Periods of further units, by index from 1, where they differ. */
  readonly others?: readonly number[];
}

/** When and how the unit that dies does so, and how the polls lie to each other. */
interface Death {
  readonly unit: number;
  /** `null`: it never answered. */
  readonly at: number | null;
  /** When each unit's two polls begin, in order of units. */
  readonly begins: readonly { readonly inputsAt: number; readonly statusAt: number }[];
}

const statusPeriodMs = 2000;
const bits = 8;

const periodOf = (one: Case, unit: number) => one.others?.[unit - 2] ?? one.periodMs;

/** What `gatehouse check` computes for unit 1. */
function promised(one: Case): number {
  const wire: BudgetWire = one.baud === null ? { kind: 'tcp' } : { kind: 'serial', baud: one.baud, charBits: 10 };
  const polls = Array.from({ length: one.units }, (_, i): readonly Poll[] => {
    const size = { device: `u${i + 1}`, requestBytes: 8, replyBytes: 6 };
    return [
      { ...size, periodMs: periodOf(one, i + 1), safety: true },
      { ...size, periodMs: statusPeriodMs, safety: false },
    ];
  }).flat();
  return lineBudget(wire, polls, []).worstScanMs.u1 ?? 0;
}

/** A Modbus TCP answer to what `answerOf` answers on a serial wire. */
function mbapAnswer(request: Uint8Array): Uint8Array {
  const [high = 0, low = 0, , , , , unit = 0, fc = 0] = request;
  return Uint8Array.from([high, low, 0, 0, 0, 4, unit, fc, 1, 0]);
}

/**
 * The longest time from a reading of unit 1's contacts at the board to the arrival of its next: what an edge that falls between
 * two readings waits. Boards answer in `answerMs` and look at their contacts as soon as the request is there.
 */
async function longestScan(one: Case, death: Death, forMs: number): Promise<number> {
  const clock = new ManualClock();
  const port = new BytePort(clock);
  const wire: Wire = one.baud === null ? tcpWire : serialWire(one.baud, 8, 'none', 1);
  const unitAt = one.baud === null ? 6 : 0;
  const looked: number[] = [];
  port.script = (request) => {
    const unit = request[unitAt] ?? 0;
    if (unit === death.unit && (death.at === null || clock.mono() >= death.at)) return [];
    const requestMs = 8 * wire.charMs;
    const isInputs = request[unitAt + 1] === 2;
    if (unit === 1 && isInputs) looked.push(clock.mono() + requestMs);
    const bytes = one.baud === null ? mbapAnswer(request) : answerOf(request);
    return [{ afterMs: requestMs + answerMs + (one.baud === null ? 1 : bytes.length * wire.charMs), bytes }];
  };
  const line = new ModbusLineOwner({ id: 'bus', open: port.open, wire, clock, random: () => 0.5 });
  line.start();
  await clock.pass(2 + wire.silenceMs);
  let longest = 0;
  let lookedLast: number | null = null;
  death.begins.forEach(({ inputsAt, statusAt }, index) => {
    const unit = index + 1;
    const size = { unit, address: 0, count: bits };
    clock.after('test.inputs', inputsAt, () =>
      line.poll(`inputs${unit}`, { fc: 2, ...size }, periodOf(one, unit), 'safetyInputs', (reply) => {
        if (unit !== 1 || !reply.ok) return;
        if (lookedLast !== null) longest = Math.max(longest, reply.receivedAt - lookedLast);
        lookedLast = looked.at(-1) ?? null;
      }),
    );
    clock.after('test.status', statusAt, () =>
      line.poll(`outputs${unit}`, { fc: 1, ...size }, statusPeriodMs, 'status', () => {}),
    );
  });
  await clock.pass(forMs);
  line.stop();
  return longest;
}

/** Polls at all phases to each other, and a death when the status reads come round: its worst moment is there. */
function deaths(one: Case, count: number): readonly Death[] {
  const { next: random } = seededRandom(one.units * 1000 + one.periodMs);
  return Array.from({ length: count }, (_, nth): Death => {
    const unit = 2 + Math.floor(random() * (one.units - 1));
    const begins = Array.from({ length: one.units }, () => ({
      inputsAt: random() * one.periodMs,
      statusAt: 400 + random() * one.periodMs,
    }));
    return { unit, begins, at: nth % 10 === 0 ? null : 3400 + random() * 2 * one.periodMs };
  });
}

const cases: readonly Case[] = [
  { name: 'two boards at 9600 baud', units: 2, periodMs: 80, baud: 9600 },
  { name: 'two boards at 9600 baud, read at 10 Hz', units: 2, periodMs: 100, baud: 9600 },
  { name: 'two boards at 9600 baud that ask for more than the wire carries', units: 2, periodMs: 40, baud: 9600 },
  { name: 'eight boards at 9600 baud', units: 8, periodMs: 100, baud: 9600 },
  { name: 'three boards at 19200 baud', units: 3, periodMs: 80, baud: 19_200 },
  { name: 'a quick board beside slow ones', units: 3, periodMs: 50, baud: 19_200, others: [150, 500] },
  { name: 'a slow board beside quick ones', units: 3, periodMs: 300, baud: 19_200, others: [60, 60] },
  { name: 'four boards at 115200 baud', units: 4, periodMs: 80, baud: 115_200 },
  { name: 'eight units behind one Modbus TCP gateway', units: 8, periodMs: 100, baud: null },
];

describe('a button is read in the time that check computes, whenever another unit of its line dies', () => {
  it.each(cases)('$name', async (one) => {
    const limit = promised(one);
    let longest = 0;
    for (const death of deaths(one, 200)) longest = Math.max(longest, await longestScan(one, death, 4500));
    expect(longest).toBeLessThanOrEqual(limit);
    // Nor is the number far from what happens: a line that must be split costs money.
    expect(longest).toBeGreaterThan(0.65 * limit);
  });

  it('also where it hangs on the line alone', async () => {
    const one: Case = { name: '', units: 1, periodMs: 100, baud: 9600 };
    const longest = await longestScan(one, { unit: 0, at: null, begins: [{ inputsAt: 0, statusAt: 50 }] }, 30_000);
    expect(longest).toBeLessThanOrEqual(promised(one));
    expect(promised(one)).toBeLessThan(160);
  });
});
