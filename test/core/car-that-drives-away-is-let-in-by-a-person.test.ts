/** At an entry a camera that sees a car drive away sees the back of it (decide/rules.ts heading). */
import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { gate, list, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const last = (world: Gate) => world.ofKind('decision').at(-1)?.body;

describe('a listed plate that the camera says is leaving', () => {
  it.each([true, false])('is referred at an entry, not opened for (sensor: %s)', (sensor) => {
    const world = gate(sensor ? {} : { inputs: without('arming') });
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { heading: 'leaving' });
    world.run(500);
    expect(world.sent).toEqual([]);
    expect(last(world)).toMatchObject({ outcome: 'referred', code: 'drivingAway' });
    world.request({ kind: 'answerReferral', lane: 'east', by: { via: 'screen', name: '王' }, grant: true, reason: '' });
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it.each(['approaching', 'unknown'] as const)('opens when it is %s', (heading) => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { heading });
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('opens when a further frame shows it coming, and not when that frame does not know', () => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { heading: 'leaving' });
    world.run(300);
    world.plate('京A12345', { heading: 'unknown' });
    world.run(300);
    expect(world.sent).toEqual([]);
    world.plate('京A12345', { heading: 'approaching' });
    world.run(300);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('opens with the card of somebody who stands there', () => {
    const world = gate({}, { rows: [...list, row({ id: 'c1', key: 'card:24:abc123', permit: 'p1' })] });
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { heading: 'leaving' });
    world.card('abc123');
    world.run(300);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is let out at an exit, whose camera may look after the cars', () => {
    const world = gate({ directions: ['out'], cameras: [{ device: 'camera', direction: 'out' }], exitPolicy: 'known' });
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { heading: 'leaving' });
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('asks nobody about a car that would be turned away in any case', () => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京Z99999', { heading: 'leaving' });
    world.run(500);
    expect(last(world)).toMatchObject({ outcome: 'denied', code: 'unknownCredential' });
  });
});
