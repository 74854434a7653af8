import { expect, it } from 'vitest';
import { arrives, drivesThrough, gate } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

function behindACar(fate: Gate['fate'] = () => 'confirmed'): Gate {
  const world = gate();
  world.fate = fate;
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  drivesThrough(world);
  return world;
}

it('a close whose time ran out on a crowded line is decided anew, and the boom comes down', () => {
  let first = true;
  const world = behindACar(({ action }) => {
    if (action !== 'pulseClose' || !first) return 'confirmed';
    first = false;
    return 'expired';
  });
  world.until(is(world, 'closed'));
  expect(world.ofKind('outcome').filter(({ body }) => body.action === 'pulseClose')).toMatchObject([
    { body: { result: 'expired' } },
    { body: { result: 'confirmed' } },
  ]);
  expect(world.ofKind('faultRaised')).toEqual([]);
});

it('somebody under a boom that is down already, first seen with it, sends no opening that nobody asked for', () => {
  const world = behindACar();
  world.until(() => world.actions().includes('pulseClose'));
  world.until(() => world.boom().isFalling);
  for (let ms = 0; ms < 10_000 && world.boom().isFalling; ms += 1) world.run(1);
  expect(world.lane().barrier?.position).toBe('closing');
  world.set('obstruction', true);
  world.run(3000);
  expect(world.lane().barrier).toMatchObject({ position: 'closed', basis: 'measured' });
  expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
});
