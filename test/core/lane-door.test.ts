import { describe, expect, it } from 'vitest';
import { door, gate, input, outcomes } from './lane-fixtures.ts';

const doorInputs = [input('rex'), input('doorContact'), input('button'), input('fire')];
const doorGate = (options = {}) => gate({ portal: door, inputs: doorInputs, ...options });

describe('a door', () => {
  it('is released for a grant and locks again when it has closed behind the person', () => {
    const world = doorGate();
    world.plate('京A12345');
    world.run(100);
    expect(world.actions()).toEqual(['unlock']);
    world.set('doorContact', true);
    world.run(1000);
    expect(outcomes(world)).toEqual(['taken/measured']);
    world.set('doorContact', false);
    world.run(200);
    expect(world.actions()).toEqual(['unlock', 'lock']);
    expect(world.lane().door?.lock).toBe('locked');
  });

  it('locks again when nobody has opened it, and the grant was measurably not taken', () => {
    const world = doorGate();
    world.plate('京A12345');
    world.run(5100);
    expect(world.actions()).toEqual(['unlock', 'lock']);
    expect(outcomes(world)).toEqual(['notTaken/measured']);
  });

  it('never locks while it stands open', () => {
    const world = doorGate();
    world.plate('京A12345');
    world.set('doorContact', true);
    world.run(20_000);
    expect(world.actions()).toEqual(['unlock']);
    world.set('doorContact', false);
    world.run(300);
    expect(world.actions()).toEqual(['unlock', 'lock']);
  });

  it('lets out whoever asks, with the journal broken and in lockdown (I16)', () => {
    const world = doorGate();
    world.claim('lockdown');
    world.breakJournal();
    world.set('rex', true);
    world.run(100);
    expect(world.sent[0]?.command).toMatchObject({ action: 'unlock', after: null });
    world.run(20_000);
    expect(world.actions()).toEqual(['unlock']);
    world.set('rex', false);
    world.run(6000);
    expect(world.actions()).toEqual(['unlock', 'lock']);
  });

  it('opens nothing by a request read once after silence', () => {
    const world = doorGate();
    world.silence();
    world.run(2000);
    world.set('rex', true);
    world.bringBack();
    world.run(20);
    expect(world.sent).toEqual([]);
    world.run(200);
    expect(world.actions()).toEqual(['unlock']);
  });

  it('opened while locked is forced, and uses up no grant', () => {
    const world = doorGate();
    world.plate('京A12345');
    world.run(5100);
    world.set('doorContact', true);
    world.run(200);
    expect(world.faults).toEqual(['doorForcedOpen']);
    world.set('doorContact', false);
    world.run(200);
    expect(world.faults).toEqual([]);
  });

  it('held too long is a fault until it closes', () => {
    const world = doorGate();
    world.plate('京A12345');
    world.run(100);
    world.set('doorContact', true);
    world.run(31_000);
    expect(world.faults).toEqual(['doorHeldTooLong']);
    world.set('doorContact', false);
    world.run(300);
    expect(world.faults).toEqual([]);
  });

  it('is held unlocked by a fire until it is released, then locks', () => {
    const world = doorGate();
    world.set('fire', true);
    world.run(100);
    expect(world.sent[0]?.command).toMatchObject({ action: 'unlock', priority: 'emergency' });
    world.run(60_000);
    expect(world.lane().door?.lock).toBe('released');
    world.set('fire', false);
    world.run(300);
    world.release(world.lane().claims[0]?.key ?? '');
    world.run(300);
    expect(world.lane().door?.lock).toBe('locked');
  });

  it('in a fire is unlocked again where the order failed or the board lost it', () => {
    const world = doorGate();
    world.fate = () => 'unanswered';
    world.set('fire', true);
    world.run(5000);
    expect(world.sent.length).toBeGreaterThanOrEqual(2);
    world.fate = () => 'confirmed';
    world.run(5000);
    const before = world.sent.length;
    world.outputs({ unlock: false });
    world.run(5000);
    expect(world.sent.length).toBeGreaterThan(before);
  });

  it('whose lock did not answer is locked again until it does', () => {
    const world = doorGate();
    world.fate = (command) => (command.action === 'lock' ? 'unanswered' : 'confirmed');
    world.plate('京A12345');
    world.run(20_000);
    expect(world.faults).toContain('commandFailed');
    world.fate = () => 'confirmed';
    world.run(6000);
    expect(world.lane().door?.lock).toBe('locked');
    expect(world.faults).toEqual([]);
  });

  it('found released at start is reported, and locked later by a command of its own', () => {
    const world = doorGate();
    world.outputs({ unlock: true });
    world.run(1000);
    expect(world.faults).toEqual(['openContactFoundOn']);
    expect(world.sent).toEqual([]);
    world.run(61_000);
    expect(world.actions()).toEqual(['lock']);
    expect(world.faults).toEqual([]);
  });
});
