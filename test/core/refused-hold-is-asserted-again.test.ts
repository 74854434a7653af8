import { expect, it } from 'vitest';
import { gate, without } from './lane-fixtures.ts';

it.each(['refused', 'unanswered'] as const)(
  'an emergency over a boom that is open already is asserted until its hold is answered: %s at first',
  (fate) => {
    const world = gate({ barrier: { hold: 'maintained' } });
    world.guard('guardOpen');
    world.run(4000);
    expect(world.lane().barrier).toMatchObject({ position: 'open', basis: 'measured' });
    world.fate = (command) => (command.action === 'holdOn' ? fate : 'confirmed');
    world.claim('emergency');
    world.run(1000);
    expect(world.boom().isHeld).toBe(false);
    world.fate = () => 'confirmed';
    world.run(3000);
    expect(world.boom().isHeld).toBe(true);
    const sent = world.sent.length;
    world.run(60_000);
    expect(world.sent.length).toBe(sent);
  },
);

it('an emergency that no limit shows is told at once again, however often, until its hold is answered; then seldom', () => {
  const world = gate({
    barrier: { hold: 'maintained', hasOpenLimit: false, hasClosedLimit: false },
    inputs: without('openLimit', 'closedLimit'),
  });
  world.fate = (command) => (command.action === 'holdOn' ? 'unanswered' : 'confirmed');
  world.claim('emergency');
  world.run(11_000);
  expect(world.boom().isHeld).toBe(false);
  world.fate = () => 'confirmed';
  world.run(3000);
  expect(world.boom().isHeld).toBe(true);
  const sent = world.sent.length;
  world.run(60_000);
  expect(world.sent.length - sent).toBeLessThanOrEqual(3);
});
