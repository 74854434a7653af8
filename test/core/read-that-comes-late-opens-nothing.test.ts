/** A grant's command expires 2 s after its presentation (design.md "Order of effects"). */
import { describe, expect, it } from 'vitest';
import { arrives, door, drivesThrough, gate, without } from './lane-fixtures.ts';

describe('a read that was received long ago', () => {
  it.each([2000, 60_000])('%i ms: it is recorded as held and moves nothing', (agoMs) => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { receivedAt: world.now - agoMs });
    world.run(500);
    expect(world.sent).toEqual([]);
    expect(world.ofKind('decision')).toEqual([]);
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('held');
  });

  it.each([0, 1500])('%i ms: its command expires 2 s after it was received', (agoMs) => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    const at = world.now;
    world.plate('京A12345', { receivedAt: at - agoMs });
    world.run(500);
    expect(world.sent.map(({ command }) => command.deadline)).toEqual([at - agoMs + 2000]);
  });

  it('opens no door either, and one received just now does', () => {
    const world = gate({ portal: door, inputs: [] });
    world.observe({
      kind: 'cardRead',
      device: 'reader',
      bits: 24,
      value: 'abc',
      format: 'w26',
      receivedAt: world.now - 2500,
      late: false,
    });
    expect(world.ofKind('cardRead').at(-1)?.body.recordedOnly).toBe('held');
    const at = world.now;
    world.plate('京A12345', { receivedAt: at - 700 });
    world.run(500);
    expect(world.sent[0]?.command.deadline).toBe(at - 700 + 2000);
  });

  it('from the future counts from now', () => {
    const world = gate({ inputs: without('arming') });
    const at = world.now;
    world.plate('京A12345', { receivedAt: at + 60_000 });
    world.run(500);
    expect(world.sent[0]?.command.deadline).toBe(at + 2000);
  });
});

describe('the waits that are its own', () => {
  it('plate before sensor: 2 s from the presence', () => {
    const world = gate();
    world.plate('京A12345');
    world.run(4000);
    world.set('arming', true);
    world.run(300);
    const [sent] = world.sent;
    expect(sent).toBeDefined();
    expect(sent?.command.deadline).toBeGreaterThan((sent?.at ?? 0) + 1900);
  });

  it('a place in the queue: 2 s from its turn', () => {
    const world = gate({ barrier: { autoClose: 'board' } });
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.plate('京B67890');
    world.run(5000);
    drivesThrough(world);
    world.run(3000);
    const second = world.sent.filter(({ command }) => command.action === 'pulseOpen')[1];
    expect(second).toBeDefined();
    expect(second?.command.deadline).toBeGreaterThan((second?.at ?? 0) + 1900);
  });
});
