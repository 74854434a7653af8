import { describe, expect, it } from 'vitest';
import { arrives, gate, type LaneChange, visitor, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const step: LaneChange = { barrier: { openInput: 'step', autoClose: 'board' } };
const unseen: LaneChange = {
  barrier: { openInput: 'step', autoClose: 'board', hasOpenLimit: false, hasClosedLimit: false },
  inputs: without('openLimit', 'closedLimit'),
};
const decisions = (world: Gate) => world.ofKind('decision').map(({ body }) => body.outcome);

describe('on a step input a credential', () => {
  it('opens a boom that is measured closed', () => {
    const world = gate(step);
    arrives(world, '京A12345');
    world.run(300);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is referred where the boom stands half way, and a person’s answer opens', () => {
    const world = gate(step);
    world.boom().byHand('half', world.now);
    world.run(10_000);
    world.set('obstruction', true);
    arrives(world, '京A12345');
    world.run(1000);
    expect(world.actions()).toEqual([]);
    expect(decisions(world)).toEqual(['granted', 'referred']);
    expect(world.lane().grants).toEqual([]);
    world.request({
      ...{ kind: 'answerReferral', lane: 'east', by: { via: 'screen', name: '王' }, grant: true },
      reason: '',
    });
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is referred where nothing measures the boom', () => {
    const world = gate(unseen, { startsOpen: true });
    arrives(world, '京A12345');
    world.run(1000);
    expect(world.actions()).toEqual([]);
    expect(decisions(world)).toEqual(['granted', 'referred']);
  });

  it('that may be used once comes back: nothing was sent', () => {
    const world = gate(unseen, { rows: [visitor] });
    arrives(world, '京D13579');
    world.run(100);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'notTaken', basis: 'measured', returned: true });
  });

  it('waits for a boom that is seen on its way down', () => {
    const world = gate(step, { startsOpen: true });
    world.boom().obey('pulseClose', world.now);
    world.run(500);
    arrives(world, '京A12345');
    world.run(300);
    expect(world.actions()).toEqual([]);
    world.until(() => world.actions().length > 0);
    expect(world.boom().height).toBeLessThan(0.1);
    expect(decisions(world)).toEqual(['granted']);
  });

  it('is decided anew, by what is measured then', () => {
    const world = gate(step);
    world.boom().byHand('half', world.now);
    world.run(10_000);
    arrives(world, '京A12345');
    world.run(300);
    world.boom().byHand('down', world.now);
    world.run(300);
    world.plate('京A12345');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});
