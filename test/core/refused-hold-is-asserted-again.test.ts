import { expect, it } from 'vitest';
import { gate } from './lane-fixtures.ts';

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
