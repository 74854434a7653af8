import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, fullInputs, gate, input } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

function closing(world: Gate): Gate {
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  drivesThrough(world);
  world.until(is(world, 'closing'));
  world.run(300);
  return world;
}

const reopenings = (world: Gate) => world.sent.filter(({ command }) => command.priority === 'reopen');

describe('while the boom closes on our word', () => {
  it('the first occupied read sends it up at once, before any record (I2)', () => {
    const world = closing(gate());
    world.set('obstruction', true);
    world.run(100);
    expect(reopenings(world)).toHaveLength(1);
    expect(reopenings(world)[0]?.command).toMatchObject({ after: null, action: 'pulseOpen' });
    world.until(is(world, 'open'));
    expect(world.boom().height).toBe(1);
  });

  it('a sensor that is read no more sends it up within half a second', () => {
    const world = closing(gate({ barrier: { travelMs: 4000 } }));
    world.mute('obstruction');
    world.run(500);
    expect(reopenings(world)).toHaveLength(1);
  });

  it('a device that falls silent is asked to open although nobody may hear', () => {
    const world = closing(gate());
    world.silence();
    world.run(50);
    expect(world.ofKind('commanded').at(-1)?.body).toMatchObject({ priority: 'reopen', why: 'obstructionUnknown' });
  });

  it('the other board with the sensor falling silent sends it up', () => {
    const inputs = [
      ...fullInputs.filter((one) => one.role !== 'obstruction'),
      input('obstruction', { device: 'radar', detects: 'both' }),
    ];
    const world = gate({ inputs, barrier: { travelMs: 4000 } });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    world.set('arming', false);
    world.set('obstruction', true, 'radar');
    world.run(1000);
    world.set('obstruction', false, 'radar');
    world.until(is(world, 'closing'));
    world.silence('radar', false);
    world.run(600);
    expect(reopenings(world)).toHaveLength(1);
  });

  it('a reopening that nobody answered is sent again while the boom still falls', () => {
    const world = closing(gate({ barrier: { travelMs: 5000 } }));
    world.fate = () => 'unanswered';
    world.set('obstruction', true);
    world.run(800);
    expect(reopenings(world).length).toBeGreaterThanOrEqual(2);
    world.fate = () => 'confirmed';
    world.until(is(world, 'open'));
  });

  it('a reopening that was echoed and not obeyed is sent again', () => {
    const world = closing(gate({ barrier: { travelMs: 6000 } }));
    world.boom().deaf = true;
    world.set('obstruction', true);
    world.run(2500);
    world.boom().deaf = false;
    expect(reopenings(world).length).toBeGreaterThanOrEqual(2);
    world.until(is(world, 'open'));
  });

  it('a reopening that cannot be measured is not repeated for ever', () => {
    const inputs = fullInputs.filter((one) => !one.role.endsWith('Limit'));
    const world = gate({ inputs, barrier: { hasOpenLimit: false, hasClosedLimit: false } });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(is(world, 'closing'));
    world.set('obstruction', true);
    world.run(60_000);
    expect(reopenings(world).length).toBeLessThanOrEqual(4);
    expect(world.lane().barrier?.position).toBe('open');
    expect(world.lane().close?.stage).not.toBe('moving');
  });

  it('a grant opens it again, and until its frame is out the boom stays guarded', () => {
    const world = closing(gate({ barrier: { travelMs: 4000 } }));
    world.journal = 250;
    world.set('arming', true);
    world.run(200);
    world.plate('京B67890');
    world.run(50);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
    world.set('obstruction', true);
    world.run(100);
    expect(reopenings(world)).toHaveLength(1);
  });

  it('the guard opens it at once', () => {
    const world = closing(gate());
    world.set('button', true);
    world.run(100);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'guard', after: null });
    world.until(is(world, 'open'));
    expect(world.faults).toEqual([]);
  });

  it('an opening withdraws a close whose frame has not gone out', () => {
    const world = gate({ timing: { closeAfterClearMs: 3000 } });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.journal = 200;
    world.until(() => world.lane().close?.stage === 'ordered');
    world.guard('guardOpen');
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
    expect(world.effects.filter((effect) => effect.kind === 'withdraw')).toHaveLength(1);
  });

  it('a board that reverses by itself ends the close, and a new one is decided', () => {
    const world = closing(gate({ barrier: { travelMs: 4000 } }));
    world.boom().byHand('up', world.now);
    world.run(300);
    expect(world.ofKind('reversed')).toHaveLength(1);
    expect(world.lane().close).toBeNull();
    world.until(is(world, 'closed'), 200_000);
  });
});

describe('after a reopening', () => {
  it('a new close is announced once the way is clear', () => {
    const world = closing(gate());
    world.set('obstruction', true);
    world.run(3000);
    world.set('obstruction', false);
    world.until(is(world, 'closed'));
    expect(world.ofKind('announced').length + world.ofKind('passage').length).toBeGreaterThanOrEqual(2);
  });

  it('three in two minutes leave the boom open, with a fault that the guard’s close ends', () => {
    const world = closing(gate());
    for (let round = 1; round <= 3; round++) {
      world.set('obstruction', true);
      world.run(1000);
      world.set('obstruction', false);
      if (round < 3) world.until(is(world, 'closing'), 30_000);
      world.run(300);
    }
    expect(reopenings(world)).toHaveLength(3);
    expect(world.faults).toContain('obstructionHunting');
    const before = world.actions().length;
    world.run(300_000);
    expect(world.actions()).toHaveLength(before);
    world.guard('guardClose');
    world.until(is(world, 'closed'));
    expect(world.faults).toEqual([]);
  });
});

describe('a close that nobody ordered', () => {
  it('is a fault where the gateway owns closing, and is reversed over an obstruction', () => {
    const world = gate({ barrier: { travelMs: 4000 } }, { startsOpen: true });
    world.boom().obey('pulseClose', world.now);
    world.run(500);
    expect(world.faults).toContain('boomMovedUnordered');
    expect(world.sent).toEqual([]);
    world.set('obstruction', true);
    world.run(200);
    expect(reopenings(world)).toHaveLength(1);
    world.until(is(world, 'open'));
    expect(world.faults).not.toContain('boomMovedUnordered');
  });

  it('is the board’s own business where the board owns closing', () => {
    const world = gate({ barrier: { autoClose: 'board', travelMs: 4000 } }, { startsOpen: true });
    world.boom().obey('pulseClose', world.now);
    world.run(500);
    world.set('obstruction', true);
    world.run(500);
    expect(world.sent).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  it('between two polls is a fault all the same', () => {
    const world = gate({}, { startsOpen: true });
    world.boom().byHand('down', world.now);
    world.run(200);
    expect(world.faults).toContain('boomMovedUnordered');
  });
});
