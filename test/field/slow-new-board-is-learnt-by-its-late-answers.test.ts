import { describe, expect, it } from 'vitest';
import { answerOf } from './byte-port.ts';
import { inputsOf, relayOn, rig, why, within } from './rig.ts';

/** 9600 baud: 8 characters of request, 6 of reply. */
const wireMs = 15;
const slow = (answerMs: number) => (request: Uint8Array) => [
  { afterMs: wireMs + (request[0] === 1 ? answerMs : 5), bytes: answerOf(request) },
];

describe('a board that takes longer than a new one is waited for', () => {
  it('is read all the same: its late answers earn it the time that it needs', async () => {
    const { clock, line } = await rig(slow(90));
    const read: boolean[] = [];
    line.poll('slow', inputsOf(1), 500, 'safetyInputs', (reply) => read.push(reply.ok));
    line.poll('quick', inputsOf(2), 100, 'safetyInputs', () => {});
    await clock.pass(15_000);
    expect(read[0]).toBe(false);
    expect(line.unit(1).answering).toBe(true);
    expect(read.slice(-10)).toEqual(Array.from({ length: 10 }, () => true));
    expect(line.status().units.find(({ unit }) => unit === 1)?.deadlineMs).toBeGreaterThan(90);
  });

  it('is waited for longer with its first orders: one taken for lost would cost an opening', async () => {
    const { clock, ask } = await rig(slow(90));
    expect(why(await within(clock, 200, ask(relayOn(1, 1))))).toBe('ok');
  });
});
