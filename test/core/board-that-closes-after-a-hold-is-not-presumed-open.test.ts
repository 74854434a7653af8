import { expect, it } from 'vitest';
import { arrives, fullInputs, gate } from './lane-fixtures.ts';

/** A relay of the controller's one push button, and nothing that shows where the boom is. */
const wiring = {
  barrier: { openInput: 'step', autoClose: 'board', hasOpenLimit: false, hasClosedLimit: false } as const,
  inputs: fullInputs.filter((one) => !one.role.endsWith('Limit')),
};

it('a boom that was presumed open during an emergency is presumed down again, so that the guard can open it', () => {
  const world = gate(wiring, { boardClosesAfterMs: 5000 });
  world.guard('guardOpen');
  world.run(6000);
  expect(world.lane().barrier).toMatchObject({ position: 'open', basis: 'presumed' });
  world.claim('emergency');
  world.run(60_000);
  world.release('emergency');
  world.run(30_000);
  expect(world.boom().isDown).toBe(true);
  expect(world.lane().barrier).toMatchObject({ position: 'closed', basis: 'presumed' });
  const sent = world.sent.length;
  arrives(world, '京Z99999');
  world.guard('guardOpen');
  world.run(100);
  expect(world.sent.length).toBe(sent + 1);
});
