import { expect, it } from 'vitest';
import { arrives, drivesThrough, fullInputs, gate } from './lane-fixtures.ts';

const wiring = {
  barrier: {
    ...({ open: 'maintained', hold: 'maintained', autoClose: 'board' } as const),
    ...{ hasOpenLimit: false, hasClosedLimit: false },
  },
  inputs: fullInputs.filter((one) => !one.role.endsWith('Limit')),
};

it('a boom without limits under our own OPEN contact is not presumed down, whatever its board would do', () => {
  const world = gate(wiring);
  arrives(world, '京A12345');
  world.run(6000);
  drivesThrough(world);
  world.run(120_000);
  expect(world.boom()).toMatchObject({ isUp: true, isHeld: true });
  expect(world.lane().barrier).toMatchObject({ position: 'open', basis: 'presumed', hold: 'on' });
  expect(world.faults).toContain('heldOpenTooLong');
  world.guard('guardClose');
  world.run(20_000);
  expect(world.boom().isDown).toBe(true);
});
