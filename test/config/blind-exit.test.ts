/** A blind exit is opened by what stands there: it needs something that feels it, where anybody may leave. */
import { describe, expect, it } from 'vitest';
import { bus, load, sensed, site } from './fakes.ts';

const yaml = (lane: string, inputs = 'inputs: { obstruction: 3, arming: 4 }') =>
  `${site}${bus}devices:\n  b: { driver: board, line: bus, unit: 1, ${inputs} }\nlanes:\n  east: { name: N, barrier: b, ${lane} }\n`;
const codes = (text: string) => load({ 'x.yaml': text }).problems.map(({ code }) => code);

describe('blindExit', () => {
  it('is how long a vehicle has stood at a free exit with an arming sensor', () => {
    const result = load({ 'x.yaml': yaml('direction: out, blindExit: { after: 12s }') });
    expect(result.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(result.site?.lanes[0]?.blindExitAfterMs).toBe(12_000);
  });

  it('is off unless it is given', () => {
    expect(load({ 'x.yaml': yaml('direction: out') }).site?.lanes[0]?.blindExitAfterMs).toBeNull();
  });

  it.each([
    ['at an entry', yaml('direction: in, blindExit: { after: 10s }')],
    ['where leaving must be known', yaml('direction: out, exitPolicy: known, blindExit: { after: 10s }')],
    ['without an arming sensor', yaml('direction: out, blindExit: { after: 10s }', sensed)],
  ])('is an error %s', (_, text) => {
    expect(codes(text)).toContain('E-BLIND-EXIT');
  });

  it.each(['9s', '61s'])('is not %s', (after) => {
    expect(load({ 'x.yaml': yaml(`direction: out, blindExit: { after: ${after} }`) }).site).toBeNull();
  });
});
