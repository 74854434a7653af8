import { expect, it } from 'vitest';
import { AnswerTimes } from '../../src/field/answer-times.ts';
import { seededRandom } from '../../src/sim/random.ts';

it('the shortest, the longest and the ninetieth of a hundred are those of the last 64 answers', () => {
  const random = seededRandom(7);
  const times = new AnswerTimes();
  const came: number[] = [];
  expect([times.count, times.longestMs, times.ninetiethMs, times.shortestMs]).toEqual([0, 0, 0, Infinity]);
  for (let nth = 0; nth < 500; nth++) {
    // Whole numbers at times, so that the same one comes more than once.
    const ms = random.chance(0.5) ? random.whole(-3, 12) : random.between(-1, 300);
    came.push(ms);
    times.add(ms);
    const last = came.slice(-64).sort((a, b) => a - b);
    expect(times.count).toBe(last.length);
    expect(times.shortestMs).toBe(last[0]);
    expect(times.longestMs).toBe(Math.max(0, last.at(-1) ?? 0));
    expect(times.ninetiethMs).toBe(last[Math.floor(last.length * 0.9)]);
  }
});
