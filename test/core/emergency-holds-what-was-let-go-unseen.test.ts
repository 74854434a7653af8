/** A board that reads nothing back may have let its OPEN contact go, say with its power, while the boom still stands open (I3). */
import { expect, it } from 'vitest';
import { gate, without } from './lane-fixtures.ts';

it.each(['hold', 'emergency'] as const)(
  'an emergency over a boom that a %s is taken to hold asserts it once more',
  (purpose) => {
    const world = gate({ barrier: { hold: 'maintained' } });
    world.boom().staysOnRelease = true;
    world.claim(purpose, 'first');
    world.until(() => world.lane().barrier?.position === 'open');
    world.run(5000);
    world.boom().obey('holdOff', world.now);
    world.run(1000);
    expect(world.boom()).toMatchObject({ isHeld: false, isUp: true });
    world.claim('emergency', 'second');
    world.run(1000);
    expect(world.boom().isHeld).toBe(true);
    const sent = world.sent.length;
    world.run(60_000);
    expect(world.sent.length).toBe(sent);
  },
);

it('a board that returns in an emergency is told to hold, also where its boom still stands open', () => {
  const world = gate({ barrier: { hold: 'maintained' } });
  world.boom().staysOnRelease = true;
  world.claim('emergency');
  world.until(() => world.lane().barrier?.position === 'open');
  world.run(5000);
  world.silence();
  world.boom().obey('holdOff', world.now);
  world.run(3000);
  world.bringBack();
  world.run(1000);
  expect(world.boom().isHeld).toBe(true);
});

it('an emergency that no limit shows is asserted at once where the board reads its OPEN contact back as let go', () => {
  const world = gate({
    barrier: { hold: 'maintained', hasOpenLimit: false, hasClosedLimit: false },
    inputs: without('openLimit', 'closedLimit'),
  });
  world.claim('emergency');
  world.outputs({ open: false, hold: true });
  // Past its first repeats, when it is asserted only every 30 s.
  world.run(12_000);
  world.boom().obey('holdOff', world.now);
  world.outputs({ open: false, hold: false });
  world.run(300);
  expect(world.boom().isHeld).toBe(true);
});

it('an emergency that is ordered again where no limit shows the boom is asserted at once, not when its turn comes', () => {
  const world = gate({
    barrier: { hold: 'maintained', hasOpenLimit: false, hasClosedLimit: false },
    inputs: without('openLimit', 'closedLimit'),
  });
  const order = () =>
    world.request({
      ...{ kind: 'emergency', by: { via: 'screen', name: '王' }, reason: '' },
      reach: { kind: 'lane', lane: 'east' },
    });
  order();
  world.run(12_000);
  const before = world.sent.length;
  world.boom().obey('holdOff', world.now);
  order();
  world.run(300);
  expect(world.sent.slice(before).map(({ command }) => command.action)).toEqual(['holdOn']);
  expect(world.boom().isHeld).toBe(true);
});
