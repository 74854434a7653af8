import { describe, expect, it } from 'vitest';
import { unansweredMs } from '../../src/config/budget.ts';
import { nextPoll, type Poll } from '../../src/field/poll-plan.ts';
import { answerOf } from './byte-port.ts';
import { inputsOf, rig } from './rig.ts';

const poll = (name: string, lastAt: number, priority: Poll['priority'] = 'safetyInputs'): Poll => ({
  ...{ name, request: inputsOf(1), shares: [], periodMs: 100, priority },
  ...{ lastAt, costMs: 20, admittedMs: 100, done: 0 },
});
const next = (polls: readonly Poll[], doubtful: string) =>
  nextPoll(
    polls,
    1000,
    () => true,
    (each) => each.name === doubtful,
  )?.name;

describe('a unit that has missed its last answer', () => {
  it('lets every other unit that is due go first, however long it has waited itself', () => {
    const polls = [poll('dying', 100), poll('button', 880)];
    expect(next(polls, '')).toBe('dying');
    expect(next(polls, 'dying')).toBe('button');
  });

  it('goes when nobody else is due', () => {
    expect(next([poll('dying', 100), poll('button', 950)], 'dying')).toBe('dying');
  });

  it('goes before others where its lane is closing', () => {
    expect(next([poll('dying', 100, 'closingInputs'), poll('button', 880)], 'dying')).toBe('dying');
  });

  it('is waited for, alive, dying or probed, no longer than the check counts', async () => {
    let alive = true;
    const { clock, line, port } = await rig((request) =>
      alive || request[0] === 1 ? [{ afterMs: 14 * (10_000 / 9600) + 10, bytes: answerOf(request) }] : [],
    );
    for (const unit of [1, 2])
      line.poll(`unit${unit}`, inputsOf(unit), unit === 1 ? 40 : 100, 'safetyInputs', () => {});
    await clock.pass(3000);
    alive = false;
    const from = port.sent.length;
    await clock.pass(30_000);
    const sent = port.sent.slice(from);
    const waits = sent.flatMap(({ at, hex }, nth) => {
      const after = sent[nth + 1];
      return hex.startsWith('02') && after !== undefined ? [after.at - at] : [];
    });
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(unansweredMs({ kind: 'serial', baud: 9600, charBits: 10 }, 8, 8));
  });
});
