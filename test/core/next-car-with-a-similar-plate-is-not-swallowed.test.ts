/** Bumper to bumper the sensor never falls: whoever is read when the granted car is through is the next one. */
import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { arrives, fullInputs, gate, input, list, outcomes } from './lane-fixtures.ts';

const similar = row({ id: 'r9', key: 'plate:京A12354', permit: 'p9' });
type Gate = ReturnType<typeof gate>;
const codes = (world: Gate) => world.ofKind('decision').map(({ body }) => `${body.outcome}/${body.rowId}`);

/** The granted car has driven under the boom and is clear of it; the next has rolled onto the sensor behind it. */
function firstDrives(world: Gate, clearMs: number) {
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  world.set('obstruction', true);
  world.run(1500);
  world.set('obstruction', false);
  world.run(clearMs);
}

describe('the next car, two characters away', () => {
  it.each([500, 3000])('is decided when it is read %i ms after the first is clear', (clearMs) => {
    const world = gate({}, { rows: [...list, similar] });
    firstDrives(world, clearMs);
    world.plate('京A12354');
    world.run(500);
    expect(codes(world)).toEqual(['granted/r1', 'granted/r9']);
  });

  it('is turned away where the list does not know it', () => {
    const world = gate();
    firstDrives(world, 3000);
    world.plate('京A12354');
    world.run(500);
    expect(codes(world)).toEqual(['granted/r1', 'denied/null']);
  });

  it('shows its card alone, and is let in by it', () => {
    const world = gate({}, { rows: [...list, row({ id: 'c1', key: 'card:24:abc123', permit: 'pc' })] });
    firstDrives(world, 3000);
    world.card('abc123');
    world.run(500);
    expect(codes(world)).toEqual(['granted/r1', 'granted/c1']);
  });

  it('has a passage of its own', () => {
    const world = gate({}, { rows: [...list, similar] });
    firstDrives(world, 500);
    world.plate('京A12354');
    world.run(3000);
    world.set('obstruction', true);
    world.set('arming', false);
    world.run(1500);
    world.set('obstruction', false);
    world.run(1500);
    expect(outcomes(world)).toHaveLength(2);
    expect(outcomes(world).at(-1)).toBe('taken/measured');
    expect(world.lane().grants).toEqual([]);
  });
});

describe('the granted car itself', () => {
  it('misread while it has not driven through is nobody else', () => {
    const world = gate({}, { rows: [...list, similar] });
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.plate('京A12354');
    world.set('obstruction', true);
    world.run(300);
    world.plate('京A12354');
    world.run(300);
    expect(codes(world)).toEqual(['granted/r1']);
  });

  it('read again when it is through asks for no second opening', () => {
    const world = gate({ inputs: [...fullInputs, input('departure')] });
    firstDrives(world, 300);
    world.set('departure', true);
    world.run(800);
    world.set('departure', false);
    world.run(2000);
    expect(outcomes(world)).toEqual(['taken/measured']);
    world.plate('京A12345');
    world.run(300);
    expect(codes(world)).toEqual(['granted/r1']);
  });
});
