import { describe, expect, it } from 'vitest';
import {
  lineBudget,
  type Poll,
  silenceMs,
  transactionMs,
  unansweredMs,
  watchesAtOnce,
} from '../../src/config/budget.ts';

/** protocols.md §3.3: round trip with 2 × t3.5 and no device delay, 8N1. */
const table = [
  { baud: 9600, silence: 4.01, fc02: 22.6, fc05: 24.7, fc15: 26.8, fc03: 38.2 },
  { baud: 19_200, silence: 2.01, fc02: 11.3, fc05: 12.3, fc15: 13.4, fc03: 19.1 },
  { baud: 38_400, silence: 1.75, fc02: 7.1, fc05: 7.7, fc15: 8.2, fc03: 11.1 },
  { baud: 115_200, silence: 1.75, fc02: 4.7, fc05: 4.9, fc15: 5.1, fc03: 6.0 },
];

const polls = (count: number, periodMs = 100): readonly Poll[] =>
  Array.from({ length: count }, (_, i) => ({
    device: `d${i}`,
    requestBytes: 8,
    replyBytes: 6,
    periodMs,
    safety: true,
  }));
const booms = (count: number) => polls(count).map((poll) => poll.device);
const rtu = (baud: number) => ({ kind: 'serial', baud, charBits: 10 }) as const;

describe('the time on the wire', () => {
  it.each(table)('at $baud baud is that of the protocol facts', ({ baud, silence, fc02, fc05, fc15, fc03 }) => {
    expect(silenceMs(baud)).toBeCloseTo(silence, 2);
    expect(transactionMs(rtu(baud), 8, 6, 0)).toBeCloseTo(fc02, 1);
    expect(transactionMs(rtu(baud), 8, 8, 0)).toBeCloseTo(fc05, 1);
    expect(transactionMs(rtu(baud), 10, 8, 0)).toBeCloseTo(fc15, 1);
    expect(Math.abs(transactionMs(rtu(baud), 8, 21, 0) - fc03)).toBeLessThan(0.11);
  });

  it('with a parity bit is a tenth longer in its characters', () => {
    const plain = transactionMs(rtu(9600), 8, 6, 0) - 2 * silenceMs(9600);
    const even = transactionMs({ kind: 'serial', baud: 9600, charBits: 11 }, 8, 6, 0) - 2 * silenceMs(9600);
    expect(even / plain).toBeCloseTo(1.1, 5);
  });
});

describe('the budget of a line', () => {
  it('sees that 8 lanes at 10 Hz need far more than 9600 baud, and slows all alike', () => {
    const budget = lineBudget(rtu(9600), polls(8), booms(8));
    expect(budget.utilisation).toBeGreaterThan(1.75);
    expect(budget.stretch).toBeCloseTo(budget.utilisation, 6);
    expect(budget.safetyHz).toBeCloseTo(10 / budget.utilisation, 6);
  });

  it('leaves polls alone where the wire suffices', () => {
    const budget = lineBudget(rtu(115_200), polls(4), booms(4));
    expect(budget.stretch).toBe(1);
    expect(budget.safetyHz).toBeCloseTo(10, 6);
  });

  it('watches no more closing booms than it can read at 5 Hz beside one dead unit', () => {
    const each = transactionMs(rtu(9600), 8, 6);
    const { closingsAtOnce } = lineBudget(rtu(9600), polls(8), booms(8));
    expect(closingsAtOnce).toBe(4);
    const dead = unansweredMs(rtu(9600), 8, 6);
    expect(closingsAtOnce * each + dead).toBeLessThanOrEqual(200);
    expect((closingsAtOnce + 1) * each + dead).toBeGreaterThan(200);
  });

  it('keeps the time that one dead unit takes: where it takes all of it, no boom may close beside another unit', () => {
    const wire = rtu(2400);
    expect(watchesAtOnce(wire, polls(2), ['d0', 'd1'])).toBe(0);
    // The same board by itself: if it is dead, nothing closes that anybody would wait for.
    const alone = transactionMs(wire, 8, 6);
    expect(unansweredMs(wire, 8, 6) + alone).toBeGreaterThan(200);
    expect(alone).toBeLessThan(160);
    expect(watchesAtOnce(wire, polls(1), ['d0'])).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes for the dead unit the one whose answer is waited for longest, whether or not it closes anything', () => {
    const wire = rtu(9600);
    const meter = { device: 'meter', requestBytes: 8, replyBytes: 21, periodMs: 1000, safety: false };
    expect(watchesAtOnce(wire, polls(8), booms(8))).toBe(4);
    expect(watchesAtOnce(wire, [...polls(8), meter], booms(8))).toBe(3);
    const room = 200 - unansweredMs(wire, 8, 21);
    expect(Math.floor(room / transactionMs(wire, 8, 6))).toBe(3);
  });

  it('never admits more closings than there are booms, and none where no input is read', () => {
    expect(lineBudget(rtu(115_200), polls(2), booms(2)).closingsAtOnce).toBe(2);
    expect(lineBudget(rtu(115_200), [], ['d0']).closingsAtOnce).toBe(0);
  });

  it("counts into a contact's worst scan its period, its own answer, and all that may go before it", () => {
    const wire = rtu(9600);
    const own = 10 + (6 * 10_000) / 9600;
    const each = transactionMs(wire, 8, 6);
    const dead = unansweredMs(wire, 8, 6);
    expect(lineBudget(wire, polls(1), []).worstScanMs).toEqual({ d0: Math.ceil(100 + own) });
    const two = Math.ceil(100 + dead + own);
    expect(lineBudget(wire, polls(2), []).worstScanMs).toEqual({ d0: two, d1: two });
    const status = { device: 'd1', requestBytes: 8, replyBytes: 6, periodMs: 2000, safety: false };
    expect(lineBudget(wire, [...polls(2), status], []).worstScanMs.d0).toBe(Math.ceil(100 + each + dead + own));
  });

  it('counts the several lanes of one board as the one read that they share, at the pace of the quickest', () => {
    const wire = rtu(9600);
    const shared = polls(4).map((poll, i) => ({ ...poll, unit: 1, block: '2/0/8', periodMs: i === 2 ? 50 : 100 }));
    const alone = lineBudget(wire, [{ ...polls(1)[0], periodMs: 50 } as Poll], ['d0']);
    const all = lineBudget(wire, shared, booms(4));
    expect(all).toEqual({
      ...alone,
      closingsAtOnce: 4,
      worstScanMs: Object.fromEntries(booms(4).map((device) => [device, alone.worstScanMs.d0])),
    });
    // The board is no unit beside itself: should it be dead, nobody waits for it.
    expect(watchesAtOnce(rtu(2400), shared, booms(4))).toBe(Number.POSITIVE_INFINITY);
    // Another block of it, or the same of another board, is one more read.
    const another = { ...polls(1)[0], device: 'e', unit: 1, block: '2/8/8' } as Poll;
    expect(lineBudget(wire, [...shared, another], []).utilisation).toBeGreaterThan(all.utilisation);
    const beside = lineBudget(wire, [...shared, { ...another, unit: 2, block: '2/0/8' }], []);
    expect((beside.worstScanMs.d0 ?? 0) - (all.worstScanMs.d0 ?? 0)).toBeCloseTo(unansweredMs(wire, 8, 6), -1);
  });

  it('counts a stretched period where the wire is overfull, and every turn of units that are read more often', () => {
    const wire = rtu(9600);
    expect(lineBudget(wire, polls(8), []).worstScanMs.d0).toBeGreaterThan(400);
    const quick = polls(2).map((poll, i) => ({ ...poll, periodMs: i === 0 ? 400 : 100 }));
    const each = transactionMs(wire, 8, 6);
    const { worstScanMs } = lineBudget(wire, quick, []);
    expect(worstScanMs.d0).toBeGreaterThanOrEqual(400 + 3 * each);
  });

  it('counts an answer that never comes with the time that the line waits for it', () => {
    expect(unansweredMs({ kind: 'tcp' }, 8, 6)).toBe(30 + 2 + 1);
    expect(unansweredMs(rtu(9600), 8, 6)).toBeCloseTo(14 * (10_000 / 9600) + 30 + 2 + 3 * silenceMs(9600), 6);
    expect(lineBudget({ kind: 'tcp' }, polls(4), []).worstScanMs.d0).toBeLessThanOrEqual(200);
  });
});
