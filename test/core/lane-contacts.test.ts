/** Contacts that a crash left on: told, and let go only by a recorded command (gate.md "Portals"). */
import { describe, expect, it } from 'vitest';
import { arrives, gate } from './lane-fixtures.ts';

const off = { open: false, close: false, stop: false };
const stopWired = { barrier: { stop: 'wired' } } as const;

describe('a CLOSE contact found on at start', () => {
  it('is told, and let go at once by a command that waits for its record and moves nothing', () => {
    const world = gate({}, { startsOpen: true });
    world.outputs({ ...off, close: true });
    world.run(200);
    expect(world.faults).toContain('closeContactFoundOn');
    expect(world.actions()).toEqual(['closeOff']);
    const [sent] = world.sent;
    expect(sent?.command.after).not.toBeNull();
    expect(world.ofKind('commanded').at(-1)?.body.why).toBe('contactFoundOn');
    world.outputs(off);
    world.run(4000);
    expect(world.faults).toEqual([]);
    expect(world.actions()).toEqual(['closeOff']);
    expect(world.boom().isUp).toBe(true);
  });

  it('is let go also while the journal is broken', () => {
    const world = gate();
    world.breakJournal();
    world.outputs({ ...off, close: true });
    world.run(500);
    expect(world.actions()).toEqual(['closeOff']);
  });

  it('and welded is asked three times, then stands as a fault until it reads off', () => {
    const world = gate();
    world.outputs({ ...off, close: true });
    world.run(120_000);
    expect(world.actions()).toEqual(['closeOff', 'closeOff', 'closeOff']);
    expect(world.faults).toEqual(['closeContactFoundOn']);
    world.outputs(off);
    world.run(200);
    expect(world.faults).toEqual([]);
    world.outputs({ ...off, close: true });
    world.run(200);
    expect(world.actions()).toHaveLength(4);
  });

  it('on a board that falls silent is not asked for ever, and is found anew when it is back', () => {
    const world = gate();
    world.fate = () => 'unanswered';
    world.outputs({ ...off, close: true });
    world.run(200);
    world.silence();
    world.run(60_000);
    expect(world.actions()).toHaveLength(1);
    world.fate = () => 'confirmed';
    world.bringBack();
    world.run(1000);
    world.outputs(off);
    world.run(5000);
    expect(world.actions()).toHaveLength(2);
    expect(world.faults).toEqual([]);
  });
});

describe('a STOP contact found on at start', () => {
  it('is told and let be: some boards go on with what it stopped', () => {
    const world = gate(stopWired, { startsOpen: true });
    world.outputs({ ...off, stop: true });
    world.run(30_000);
    expect(world.faults).toContain('stopContactFoundOn');
    expect(world.sent).toEqual([]);
  });

  it('is let go in front of the guard’s opening, as urgent as it', () => {
    const world = gate(stopWired);
    world.outputs({ ...off, stop: true });
    world.run(500);
    world.guard('guardOpen');
    expect(world.sent.map(({ command }) => [command.action, command.priority, command.after])).toEqual([
      ['stopOff', 'guard', null],
      ['pulseOpen', 'guard', null],
    ]);
    world.outputs(off);
    world.run(5000);
    expect(world.faults).not.toContain('stopContactFoundOn');
  });

  it('is let go in front of a credential’s opening, each after its own record', () => {
    const world = gate(stopWired);
    world.outputs({ ...off, stop: true });
    world.run(500);
    arrives(world, '京A12345');
    world.run(300);
    expect(world.actions()).toEqual(['stopOff', 'pulseOpen']);
    expect(world.sent.every(({ command }) => command.after === command.cause)).toBe(true);
  });

  it('is let go in front of a close on the terms of that close (I2)', () => {
    const world = gate(stopWired, { startsOpen: true });
    world.outputs({ ...off, stop: true });
    world.guard('guardClose');
    world.until(() => world.actions().includes('pulseClose'));
    const [release, close] = world.sent.map(({ command }) => command);
    expect(release).toMatchObject({ action: 'stopOff', onlyIfClear: ['obstruction'], deadline: close?.deadline });
    expect(close?.action).toBe('pulseClose');
  });

  it('whose release was lost is let go again with the next opening', () => {
    const world = gate(stopWired);
    world.outputs({ ...off, stop: true });
    world.run(500);
    world.fate = (command) => (command.action === 'stopOff' ? 'unanswered' : 'confirmed');
    world.guard('guardOpen');
    world.run(500);
    world.fate = () => 'confirmed';
    world.guard('guardOpen');
    world.run(100);
    expect(world.actions()).toEqual(['stopOff', 'pulseOpen', 'stopOff', 'pulseOpen']);
  });
});

describe('a read-back', () => {
  it('that was on its way while a contact was let go finds nothing', () => {
    const world = gate();
    world.outputs({ ...off, close: true });
    world.run(1500);
    world.outputs(off);
    world.run(20_000);
    expect(world.actions()).toEqual(['closeOff']);
  });

  it('that names no such contact says nothing of it', () => {
    const world = gate();
    world.outputs({ ...off, close: true });
    world.fate = () => 'refused';
    world.run(100);
    world.outputs({ open: false });
    world.run(1000);
    expect(world.faults).toContain('closeContactFoundOn');
  });
});
