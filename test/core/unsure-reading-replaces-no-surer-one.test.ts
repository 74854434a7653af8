/** Of two frames of one car that differ in a character, the surer one is believed, whichever came first. */
import { describe, expect, it } from 'vitest';
import { gate } from './lane-fixtures.ts';

const wrong = '京A12B45';

function frames(...reads: readonly (readonly [string, number | null])[]) {
  const world = gate({ minConfidence: 0.99 });
  world.set('arming', true);
  world.run(200);
  for (const [raw, confidence] of reads) {
    world.plate(raw, { confidence });
    world.run(200);
  }
  return world.lane().approaches.in.current?.plate;
}

describe('of two readings of one car', () => {
  it('the surer stands when the other is newer', () => {
    expect(frames(['京A12345', 0.9], [wrong, 0.6])).toMatchObject({ text: '京A12345', confidence: 0.9 });
  });

  it('the surer stands when it is newer', () => {
    expect(frames([wrong, 0.6], ['京A12345', 0.9])).toMatchObject({
      text: '京A12345',
      confidence: 0.9,
      framesAgree: 1,
    });
  });

  it('the first stands where neither is surer, or the newer says nothing of itself', () => {
    expect(frames(['京A12345', 0.9], [wrong, 0.9])?.text).toBe('京A12345');
    expect(frames(['京A12345', 0.9], [wrong, null])?.text).toBe('京A12345');
  });

  it('frames that agree keep the best confidence and the colour that one of them saw', () => {
    expect(frames(['京A12345', 0.9], ['京A12345', 0.6])).toMatchObject({ confidence: 0.9, framesAgree: 2 });
  });
});
