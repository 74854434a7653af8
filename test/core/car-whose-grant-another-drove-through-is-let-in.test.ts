/** Without an arming sensor nothing shows that the car which was granted still stands there: its camera does, again and again. */
import { describe, expect, it } from 'vitest';
import { drivesThrough, gate, visitor, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;

/** A camera that sees a standing car again every 4 s, for so long. */
function isReadAgain(world: Gate, plate: string, forMs: number): void {
  for (let passed = 0; passed < forMs; passed += 4000) {
    world.run(4000);
    world.plate(plate);
  }
}

function followed(rows?: Parameters<typeof gate>[1]): Gate {
  const world = gate({ inputs: without('arming') }, rows);
  world.plate('京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  world.plate('京A12345');
  drivesThrough(world);
  world.plate('京A12345');
  expect(world.ofKind('passage').map(({ body }) => body.outcome)).toEqual(['taken']);
  return world;
}

describe('a car that is still read after somebody else has driven through on its grant', () => {
  it('is decided again, and the boom opens once more', () => {
    const world = followed();
    isReadAgain(world, '京A12345', 24_000);
    expect(world.ofKind('decision').map(({ body }) => body.outcome)).toEqual(['granted', 'granted']);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(2);
  });

  it('is not taken for another one while the first may still be in sight', () => {
    const world = followed();
    world.plate('京A12345');
    world.run(5000);
    world.plate('京A12345');
    world.run(100);
    expect(world.ofKind('decision')).toHaveLength(1);
  });

  it('is not let in by a one-time permit that the passage has used up', () => {
    const world = gate({ inputs: without('arming') }, { rows: [visitor] });
    world.plate('京D13579');
    world.until(() => world.lane().barrier?.position === 'open');
    world.plate('京D13579');
    drivesThrough(world);
    world.rows = [{ ...visitor, usesLeft: 0 }];
    isReadAgain(world, '京D13579', 24_000);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(1);
  });
});
