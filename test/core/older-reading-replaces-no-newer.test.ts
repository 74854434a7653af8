import { describe, expect, it } from 'vitest';
import { levelOf, readingOf, takeReadings } from '../../src/core/lane/inputs.ts';
import { beginLane } from '../../src/core/site-state.ts';
import { eastLane, input } from './lane-fixtures.ts';

const model = eastLane();
const fire = input('fire');
const empty = beginLane(model, 0);
const take = (state: typeof empty, value: boolean, at: number) => ({
  ...state,
  inputs: takeReadings(state, model, { device: 'board', values: { fire: value } }, at),
});

describe('a reading that arrives after a newer one', () => {
  it.each([true, false])('never replaces it (newer: %s)', (newer) => {
    const state = take(take(empty, newer, 1000), !newer, 900);
    expect(levelOf(state, model, fire, 1000)).toBe(newer ? 'active' : 'inactive');
    expect(readingOf(state, fire)).toMatchObject({ value: newer, at: 1000, since: 1000, reads: 1 });
  });

  it('does not count as a second agreeing read, nor make the newer look older', () => {
    const state = take(take(empty, false, 1000), false, 900);
    expect(readingOf(state, fire)).toMatchObject({ at: 1000, reads: 1 });
  });

  it('of the same moment loses nothing that is active', () => {
    expect(levelOf(take(take(empty, true, 1000), false, 1000), model, fire, 1000)).toBe('active');
    expect(levelOf(take(take(empty, false, 1000), true, 1000), model, fire, 1000)).toBe('active');
  });
});

describe('a reading that is newer', () => {
  it.each([true, false])('replaces what was known (newer: %s)', (newer) => {
    const state = take(take(empty, !newer, 900), newer, 1000);
    expect(levelOf(state, model, fire, 1000)).toBe(newer ? 'active' : 'inactive');
  });
});
