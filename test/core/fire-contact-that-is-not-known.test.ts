/** What a fire contact says right after silence, or does not say any more (gate.md "Emergency and fire"; I12). */
import { describe, expect, it } from 'vitest';
import { fullInputs, gate, input } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const latched = (world: World) => world.lane().claims.map(({ key }) => key);
const supervised = [
  ...fullInputs.map((one) => (one.role === 'fire' ? { ...one, supervision: 'pair' as const } : one)),
  input('fireNo'),
];

describe('a fire contact', () => {
  it('in alarm on the one first read after silence, and no more on the second, opens nothing', () => {
    const world = gate();
    world.silence();
    world.run(3000);
    world.set('fire', true);
    world.bringBack();
    world.until(() => world.lane().inputs['board.fire']?.value === true, 500);
    world.set('fire', false);
    world.run(5000);
    expect(latched(world)).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  it('in alarm on two reads after silence opens', () => {
    const world = gate();
    world.silence();
    world.run(3000);
    world.set('fire', true);
    world.bringBack();
    world.run(300);
    expect(latched(world)).toEqual(['fire:board.fire']);
  });

  it('that is left out of the answers is told to be unknown, though its board is not silent', () => {
    const world = gate();
    world.mute('fire');
    world.run(3000);
    expect(world.faults).toContain('fireInputUnknown');
    expect(world.faults).not.toContain('deviceSilent');
    world.unmute('fire');
    world.run(300);
    expect(world.faults).not.toContain('fireInputUnknown');
  });

  it('whose pair was found broken goes on being told to be broken while it is not read', () => {
    const world = gate({ inputs: supervised });
    world.set('fireNo', true);
    world.run(2000);
    expect(world.faults).toContain('fireContactBroken');
    world.silence();
    world.run(5000);
    expect(world.faults).toContain('fireContactBroken');
    world.set('fireNo', false);
    world.bringBack();
    world.run(500);
    expect(world.faults).not.toContain('fireContactBroken');
  });
});
