import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate, loopInputs, outcomes } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

function openedFor(world: Gate): Gate {
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  return world;
}

describe('a close that the guard asks for, where no sensor sees people', () => {
  it.each([
    ['upstream', null],
    ['cli', '王'],
    ['schedule', null],
  ])('has nobody watching when it comes by %s: the boom stays up and says so', (via, name) => {
    const world = openedFor(gate({ inputs: loopInputs }));
    world.set('arming', false);
    world.run(300);
    world.request({ kind: 'guardClose', lane: 'east', by: { via, name } });
    world.run(20_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('heldOpenTooLong');
  });

  it.each([
    ['button', null],
    ['screen', '王'],
  ])('is watched when it comes by %s', (via, name) => {
    const world = openedFor(gate({ inputs: loopInputs }));
    world.set('arming', false);
    world.run(300);
    world.request({ kind: 'guardClose', lane: 'east', by: { via, name } });
    world.until(is(world, 'closed'));
  });
});

describe('with a journal that does not write', () => {
  it('a close waits until it is on record, while standing permits and the guard still open (I1)', () => {
    const world = openedFor(gate());
    world.breakJournal();
    drivesThrough(world);
    world.run(60_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    arrives(world, '京B67890');
    world.guard('guardOpen');
    expect(world.actions().length).toBeGreaterThan(1);
    drivesThrough(world);
    drivesThrough(world);
    world.guard('guardClose');
    world.run(20_000);
    expect(world.ofKind('commanded').map(({ body }) => body.action)).not.toContain('pulseClose');
    expect(world.faults).toEqual(['journalBroken']);
    world.mendJournal();
    world.until(is(world, 'closed'));
  });

  it('or writes too slowly, a close is dropped and tried again, without flooding it', () => {
    const world = openedFor(gate());
    world.journal = 800;
    drivesThrough(world);
    world.run(60_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toEqual([]);
    expect(world.ofKind('commanded').length).toBeLessThan(16);
    world.journal = 50;
    world.until(is(world, 'closed'));
  });
});

describe('under a board that closes by itself', () => {
  it('a pulse that met the open boom has not failed to open when the board then closes', () => {
    const world = gate({ barrier: { autoClose: 'board' } }, { boardClosesAfterMs: 2500 });
    openedFor(world);
    world.plate('京B67890');
    world.run(200);
    drivesThrough(world);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
    expect(world.boom().isUp).toBe(true);
    world.until(is(world, 'closed'));
    world.run(10_000);
    expect(outcomes(world)[0]).toBe('taken/measured');
    expect(world.ofKind('faultRaised').map(({ body }) => body.code)).not.toContain('boomFailedToOpen');
  });

  it('a pulse that the closing boom does not obey is missed all the same', () => {
    const world = gate({ barrier: { autoClose: 'board', travelMs: 4000 } }, { startsOpen: true });
    world.boom().obey('pulseClose', world.now);
    world.run(500);
    world.boom().deaf = true;
    arrives(world, '京A12345');
    world.run(20_000);
    expect(world.ofKind('faultRaised').map(({ body }) => body.code)).toContain('boomFailedToOpen');
  });
});
