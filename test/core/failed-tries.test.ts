/** Five credentials turned away in a row alarm, on the lane and at the reader (GB 50396). */
import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { arrives, drivesThrough, gate, list, resident } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const card = row({ id: 'k', key: 'card:24:abc', permit: 'pk' });
const faults = (world: World) =>
  Object.values(world.site.faults)
    .filter((fault) => fault.code === 'failedTries')
    .map((fault) => fault.subject)
    .toSorted();
const present = (world: World, show: () => void): void => {
  world.set('arming', true);
  world.run(200);
  show();
  world.run(500);
  world.set('arming', false);
  world.run(500);
};
const tries = (world: World, count: number, first = 0x100): void => {
  for (let at = 0; at < count; at += 1) present(world, () => world.card((first + at).toString(16)));
};

describe('failed tries', () => {
  it('alarm at the fifth, not at the fourth, on the lane and at the reader', () => {
    const world = gate({}, { rows: [...list, card] });
    tries(world, 4);
    expect(faults(world)).toEqual([]);
    tries(world, 1, 0x900);
    expect(faults(world)).toEqual(['east', 'reader']);
    const raised = world.ofKind('faultRaised').filter((record) => record.body.code === 'failedTries');
    expect(raised).toHaveLength(2);
    expect(JSON.stringify(raised.map((record) => record.body))).not.toContain('900');
    tries(world, 3, 0xa00);
    expect(world.ofKind('faultRaised').filter((record) => record.body.code === 'failedTries')).toHaveLength(2);
  });

  it('count one presentation once, however often the same card is shown in it', () => {
    const world = gate();
    present(world, () => {
      for (let at = 0; at < 20; at += 1) {
        world.card('bad');
        world.run(700);
      }
    });
    expect(faults(world)).toEqual([]);
    expect(world.lane().failedTries.lane).toBe(1);
  });

  it('count each card of a stack that one person tries', () => {
    const world = gate();
    present(world, () => {
      for (let at = 0; at < 5; at += 1) {
        world.card((0x200 + at).toString(16));
        world.run(700);
      }
    });
    expect(faults(world)).toEqual(['east', 'reader']);
  });

  it('count the same card again when it comes again', () => {
    const world = gate();
    for (let at = 0; at < 5; at += 1) present(world, () => world.card('bad'));
    expect(faults(world)).toEqual(['east', 'reader']);
  });

  it('count strangers’ plates for the lane only', () => {
    const world = gate();
    for (let at = 0; at < 5; at += 1) present(world, () => world.plate(`京Z9999${at}`));
    expect(faults(world)).toEqual(['east']);
  });

  it('count a card that the list does not know where the plate waits for its own', () => {
    const both = { permit: 'dual', requires: 'plateAndCard' } as const;
    const world = gate(
      {},
      { rows: [row({ ...both, id: 'a', key: resident.key }), row({ ...both, id: 'b', key: 'card:24:abc' })] },
    );
    arrives(world, '京A12345');
    for (let at = 0; at < 5; at += 1) {
      world.card((0x300 + at).toString(16));
      world.run(300);
    }
    expect(faults(world)).toEqual(['east', 'reader']);
    expect(world.sent).toEqual([]);
    world.card('abc');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(faults(world)).toEqual([]);
  });

  it('count a plate whose card did not come in time, once', () => {
    const both = { permit: 'dual', requires: 'plateAndCard' } as const;
    const world = gate({}, { rows: [row({ ...both, id: 'a', key: resident.key })] });
    arrives(world, '京A12345');
    world.run(14_000);
    expect(world.lane().failedTries.lane).toBe(0);
    world.run(30_000);
    world.plate('京A12345');
    expect(world.lane().failedTries).toEqual({ lane: 1, readers: {} });
  });

  it('count a card of somebody else’s permit beside a plate, for the lane and the reader', () => {
    const both = { requires: 'plateAndCard' } as const;
    const world = gate(
      {},
      {
        rows: [
          row({ ...both, id: 'a', key: resident.key, permit: 'mine' }),
          row({ ...both, id: 'b', key: 'card:24:999', permit: 'yours' }),
        ],
      },
    );
    arrives(world, '京A12345');
    world.card('999');
    world.run(500);
    expect(world.ofKind('decision').at(-1)?.body.code).toBe('secondFactorMismatch');
    expect(world.lane().failedTries).toEqual({ lane: 1, readers: { reader: 1 } });
  });

  it('count two cards that are shown in turn once each', () => {
    const world = gate();
    present(world, () => {
      for (const value of ['bad1', 'bad2', 'bad1', 'bad2', 'bad1']) {
        world.card(value);
        world.run(700);
      }
    });
    expect(world.ofKind('decision')).toHaveLength(5);
    expect(world.lane().failedTries).toEqual({ lane: 2, readers: { reader: 2 } });
  });

  it('are no failures where the lane was closed to everybody', () => {
    const world = gate();
    world.claim('lockdown');
    for (let at = 0; at < 6; at += 1) present(world, () => world.card((0x400 + at).toString(16)));
    expect(world.ofKind('decision').map((record) => record.body.code)).toContain('lockedDown');
    expect(faults(world)).toEqual([]);
  });
});

describe('the alarm', () => {
  it('of the lane ends with a grant; that of the reader only with a card it read itself', () => {
    const world = gate({}, { rows: [...list, card] });
    tries(world, 5);
    arrives(world, '京A12345');
    world.run(3000);
    drivesThrough(world);
    world.run(8000);
    expect(faults(world)).toEqual(['reader']);
    present(world, () => world.card('abc'));
    world.run(20_000);
    expect(faults(world)).toEqual([]);
    tries(world, 4);
    expect(faults(world)).toEqual([]);
  });

  it('and the count end after ten minutes without a failure', () => {
    const world = gate();
    tries(world, 4);
    world.run(601_000);
    tries(world, 1, 0x900);
    expect(faults(world)).toEqual([]);
    tries(world, 4, 0xa00);
    expect(faults(world)).toEqual(['east', 'reader']);
    world.run(590_000);
    expect(faults(world)).toEqual(['east', 'reader']);
    world.run(20_000);
    expect(faults(world)).toEqual([]);
  });

  it('ends when a named person acknowledges it, also where only the reader still alarms', () => {
    const world = gate({}, { rows: [...list, card] });
    tries(world, 5);
    arrives(world, '京A12345');
    world.run(3000);
    drivesThrough(world);
    expect(faults(world)).toEqual(['reader']);
    const by = { via: 'cli', name: '王' };
    world.request({ kind: 'acknowledgeFault', lane: 'east', by, fault: 'failedTries', reason: 'seen' });
    expect(faults(world)).toEqual([]);
    world.request({ kind: 'acknowledgeFault', lane: 'east', by, fault: 'failedTries', reason: 'seen' });
    expect(world.ofKind('faultAcknowledged').at(-1)?.body.refused).toBe('noSuchFault');
  });

  it('closes no boom and keeps nobody out', () => {
    const world = gate({}, { rows: [...list, card] });
    tries(world, 5);
    present(world, () => world.card('abc'));
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});
