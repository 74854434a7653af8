import { describe, expect, it } from 'vitest';
import { lineBudget, type Poll, probeMs, silenceMs, transactionMs } from '../../src/config/budget.ts';

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
    expect(closingsAtOnce * each + probeMs).toBeLessThanOrEqual(200);
    expect((closingsAtOnce + 1) * each + probeMs).toBeGreaterThan(200);
  });

  it('never admits more closings than there are booms, and none where no input is read', () => {
    expect(lineBudget(rtu(115_200), polls(2), booms(2)).closingsAtOnce).toBe(2);
    expect(lineBudget(rtu(115_200), [], ['d0']).closingsAtOnce).toBe(0);
  });

  it("counts the probe of a dead unit into a contact's worst scan, but not where there is no other unit", () => {
    expect(lineBudget(rtu(9600), polls(1), []).worstScanMs).toEqual({ d0: 100 });
    expect(lineBudget(rtu(9600), polls(2), []).worstScanMs).toEqual({ d0: 160, d1: 160 });
    expect(lineBudget(rtu(9600), polls(8), []).worstScanMs.d0).toBeGreaterThan(200);
    expect(lineBudget({ kind: 'tcp' }, polls(8), []).worstScanMs.d0).toBeLessThanOrEqual(200);
  });
});
