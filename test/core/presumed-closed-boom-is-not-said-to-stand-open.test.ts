/** A board closes by itself and no limit shows it: once the boom is presumed down, nobody is sent to an open lane (gate.md "Closing"). */
import { expect, it } from 'vitest';
import { drivesThrough, gate, loopInputs } from './lane-fixtures.ts';

it('a fault of a boom that stood open ends when the board has presumably closed it', () => {
  const inputs = loopInputs.filter((one) => !one.role.endsWith('Limit'));
  const unmeasured = { autoClose: 'board', hasOpenLimit: false, hasClosedLimit: false } as const;
  const world = gate({ inputs, barrier: unmeasured, timing: { heldOpenAlarmAfterMs: 5000 } });
  world.guard('guardOpen');
  world.run(3000);
  drivesThrough(world);
  world.run(8000);
  expect(world.faults).toEqual(['heldOpenTooLong']);
  world.until(() => world.lane().barrier?.position === 'closed', 120_000);
  expect(world.lane().barrier?.basis).toBe('presumed');
  expect(world.faults).toEqual([]);
});
