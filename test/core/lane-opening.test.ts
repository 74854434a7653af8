import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/io.ts';
import { row } from './decide-fixtures.ts';
import { arrives, drivesThrough, gate, outcomes, without } from './lane-fixtures.ts';

const opened = (world: ReturnType<typeof gate>) => world.lane().barrier?.position === 'open';
const opens = (command: Command) => command.action === 'pulseOpen';

describe('a granted car', () => {
  it('gets one pulse, passes, and the boom comes down behind it unannounced', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => opened(world));
    expect(world.actions()).toEqual(['pulseOpen']);
    drivesThrough(world);
    expect(outcomes(world)).toEqual(['taken/measured']);
    world.until(() => world.lane().barrier?.position === 'closed');
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
    expect(world.ofKind('announced')).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  it('is opened for only after its record is durable', () => {
    const world = gate();
    world.journal = 200;
    arrives(world, '京A12345');
    const asked = world.now;
    world.run(199);
    expect(world.sent).toEqual([]);
    world.run(1);
    expect(world.sent.map(({ at }) => at - asked)).toEqual([200]);
  });

  it('is opened for within 2 s of its presentation or not at all, and its one-time credential comes back', () => {
    const world = gate();
    world.fate = () => 'expired';
    arrives(world, '京D13579');
    world.run(500);
    expect(world.sent).toEqual([]);
    const command = world.effects.find((effect) => effect.kind === 'command');
    expect(command?.kind === 'command' && command.command.deadline).toBe(
      (world.ofKind('decision')[0]?.at.mono ?? 0) + 2000,
    );
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'notTaken', basis: 'measured', returned: true });
  });

  it('is not sent a second pulse when the echo came but no limit ever moved (I10)', () => {
    const world = gate();
    world.boom().stuck = true;
    arrives(world, '京A12345');
    world.run(10_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('boomFailedToOpen');
  });
});

describe('a lost reply', () => {
  it('is followed by one more frame while the boom is still measured closed (I10)', () => {
    const world = gate();
    world.fate = (command) => (opens(command) ? 'unanswered' : 'confirmed');
    arrives(world, '京A12345');
    world.run(15_000);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
    const [first, second] = world.sent;
    expect(second?.at).toBeLessThanOrEqual(first?.command.deadline ?? 0);
    expect(second?.command.deadline).toBe(first?.command.deadline);
  });

  it('is followed by nothing once a reading shows the boom off its closed limit', () => {
    const world = gate();
    world.fate = () => 'heardButUnanswered';
    arrives(world, '京A12345');
    world.until(() => opened(world));
    expect(world.actions()).toEqual(['pulseOpen']);
    drivesThrough(world);
    expect(outcomes(world)).toEqual(['taken/measured']);
  });

  it.each([
    ['a step input', { openInput: 'step' as const }, without()],
    ['no closed limit to measure by', { hasClosedLimit: false }, without('closedLimit')],
  ])('is never re-sent to %s', (_, barrier, inputs) => {
    const world = gate({ barrier, inputs });
    world.fate = () => 'unanswered';
    arrives(world, '京A12345');
    world.run(15_000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is not followed by a frame on a reading that is older than the first one', () => {
    const world = gate();
    world.fate = () => 'unanswered';
    world.set('arming', true);
    world.run(200);
    world.mute('closedLimit');
    world.plate('京A12345');
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});

describe('a boom that is measured up', () => {
  it('gets no frame for a further credential, only a record', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => opened(world));
    world.set('arming', false);
    world.run(200);
    arrives(world, '京B67890');
    world.run(1000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.ofKind('alreadyOpen')).toHaveLength(1);
    expect(world.lane().grants).toHaveLength(2);
  });

  it('gets the frame of the guard all the same', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => opened(world));
    world.guard('guardOpen');
    world.guard('guardOpen');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen', 'pulseOpen']);
    expect(world.sent.slice(1).map(({ command }) => command.priority)).toEqual(['guard', 'guard']);
  });

  it('gets no guard frame on a step input, which would bring it down', () => {
    const world = gate({ barrier: { openInput: 'step' } });
    arrives(world, '京A12345');
    world.until(() => opened(world));
    world.guard('guardOpen');
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.lane().grants).toHaveLength(2);
  });

  it('gets the frame of an emergency vehicle', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => opened(world));
    world.set('arming', false);
    world.run(200);
    world.set('arming', true);
    world.run(200);
    world.plate('京X1234应急', { color: 'white', confidence: 0.99 });
    world.run(100);
    expect(world.sent.map(({ command }) => command.priority)).toEqual(['command', 'emergency']);
  });
});

describe('where the board closes by itself', () => {
  const board = { autoClose: 'board' as const };

  it('each grant is pulsed once the passage before it has cleared', () => {
    const world = gate({ barrier: board }, { boardClosesAfterMs: 5000 });
    arrives(world, '京A12345');
    world.until(() => opened(world));
    world.set('arming', false);
    world.run(200);
    arrives(world, '京B67890');
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
    drivesThrough(world);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
    drivesThrough(world);
    expect(outcomes(world)).toEqual(['taken/measured', 'taken/measured']);
    world.run(20_000);
    expect(world.boom().isDown).toBe(true);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
    expect(world.faults).toEqual([]);
  });

  it('a waiting grant is pulsed when closing begins', () => {
    const world = gate({ barrier: board }, { boardClosesAfterMs: 3000 });
    arrives(world, '京A12345');
    world.until(() => opened(world));
    world.set('arming', false);
    world.run(200);
    arrives(world, '京B67890');
    world.until(() => world.actions().length === 2, 10_000);
    expect(world.ofKind('position').at(-1)?.body).toMatchObject({ to: 'closing', mover: 'board' });
  });

  it('never a second pulse while the boom rises', () => {
    const world = gate(
      { barrier: { ...board, hasOpenLimit: false, hasClosedLimit: false }, inputs: [] },
      { boardClosesAfterMs: 3000 },
    );
    world.plate('京A12345');
    world.run(300);
    world.plate('京B67890');
    world.run(1500);
    expect(world.lane().barrier?.position).toBe('opening');
    expect(world.actions()).toEqual(['pulseOpen']);
    world.run(10_000);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
  });

  it('without sensors the end of its opening stands for the passage, presumed, and not before the boom has risen', () => {
    const world = gate(
      { barrier: board, inputs: without('arming', 'obstruction', 'button', 'closeButton', 'fire') },
      { boardClosesAfterMs: 3000 },
    );
    world.plate('京A12345');
    world.until(() => opened(world));
    expect(world.lane().grants).toHaveLength(1);
    world.until(() => world.lane().barrier?.position === 'closed');
    expect(outcomes(world)).toEqual(['unknown/presumed']);
  });
});

describe('the queue of grants', () => {
  it('holds four; the fifth car is referred, with a fault, and the guard still opens (I15)', () => {
    const plates = ['京A00001', '京B22222', '京C33333', '京D44444', '京E55555'];
    const world = gate({}, { rows: plates.map((plate) => row({ id: plate, key: `plate:${plate}`, permit: plate })) });
    for (const plate of plates) {
      arrives(world, plate);
      world.set('arming', false);
      world.run(300);
    }
    expect(world.lane().grants).toHaveLength(4);
    expect(world.ofKind('decision').at(-1)?.body).toMatchObject({ outcome: 'referred', code: 'grantQueueFull' });
    expect(world.faults).toContain('grantQueueFull');
    const before = world.sent.length;
    world.guard('guardOpen');
    world.run(100);
    expect(world.sent).toHaveLength(before + 1);
    drivesThrough(world);
    drivesThrough(world);
    expect(world.faults).not.toContain('grantQueueFull');
  });

  it('lives on as a whole with each new grant', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.run(15_000);
    world.set('arming', false);
    world.run(200);
    arrives(world, '京B67890');
    world.run(15_000);
    expect(world.lane().grants.map((grant) => grant.plate)).toEqual(['京A12345', '京B67890']);
    drivesThrough(world);
    expect(world.ofKind('passage').map((record) => record.passage)).toEqual([1]);
  });

  it('never keeps the guard waiting behind a credential whose turn has not come', () => {
    const world = gate({ barrier: { autoClose: 'board' } }, { boardClosesAfterMs: 30_000 });
    arrives(world, '京A12345');
    world.until(() => opened(world));
    world.set('arming', false);
    world.run(200);
    arrives(world, '京B67890');
    world.run(100);
    world.guard('guardOpen');
    world.run(50);
    expect(world.sent.map(({ command }) => command.priority)).toEqual(['command', 'guard']);
  });

  it('refuses the guard and emergency vehicles nothing, however full it is', () => {
    const world = gate();
    for (let count = 0; count < 20; count++) {
      world.set('arming', true);
      world.run(200);
      world.plate(`京X${1000 + count}应急`, { color: 'white', confidence: 0.99 });
      world.set('arming', false);
      world.run(300);
    }
    expect(world.sent).toHaveLength(20);
    expect(world.lane().grants.length).toBeLessThanOrEqual(8);
  });
});
