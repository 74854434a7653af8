import { describe, expect, it } from 'vitest';
import {
  arrives,
  drivesThrough,
  eastLane,
  fullInputs,
  gate,
  type LaneChange,
  visitor,
  without,
} from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const held: LaneChange = { barrier: { hold: 'maintained' } };
const person = { via: 'cli', name: '李工' };

function convoy(world: Gate, passages: number | null, expiresInMs: number | null = null): void {
  const about = { kind: 'claim' as const, lane: 'east', purpose: 'hold' as const, key: 'hold', reason: '婚车' };
  world.request({ ...about, by: person, expiresInMs, passages });
}

const decisions = (world: Gate) => world.ofKind('decision').map(({ body }) => `${body.outcome}/${body.code}`);

describe('a convoy', () => {
  it('is held by a maintained OPEN, and its last vehicle ends it by a close that is announced, clear and no other', () => {
    const world = gate(held);
    convoy(world, 3);
    world.until(is(world, 'open'));
    for (const left of [2, 1]) {
      drivesThrough(world);
      expect(world.lane().claims[0]?.passagesLeft).toBe(left);
      world.run(30_000);
    }
    expect(new Set(world.actions())).toEqual(new Set(['holdOn']));
    drivesThrough(world);
    expect(world.lane().claims).toEqual([]);
    expect(world.ofKind('claimEnded')[0]?.body).toEqual({ key: 'hold', purpose: 'hold', via: 'count' });
    world.until(is(world, 'closed'));
    expect(world.actions().filter((action) => action !== 'holdOn')).toEqual(['holdOff']);
    expect(world.ofKind('announced')).toHaveLength(1);
    expect(world.faults).toEqual([]);
  });

  it('asks nobody: a stranger, a visitor and a fifth car pass, no use is spent and no place in the queue is taken', () => {
    const world = gate(held);
    convoy(world, null, 600_000);
    world.until(is(world, 'open'));
    for (const plate of ['京Z99999', '京D13579', '京A12345', '京B67890', '京C24680', '京Z88888']) {
      arrives(world, plate);
      world.run(300);
      expect(world.lane().grants).toEqual([]);
      drivesThrough(world);
    }
    expect(new Set(decisions(world))).toEqual(new Set(['granted/heldOpen']));
    expect(decisions(world)).toHaveLength(6);
    expect(world.ofKind('decision').some(({ body }) => body.spends)).toBe(false);
    expect(world.ofKind('passage').map(({ body }) => `${body.outcome}/${body.held}`)).toEqual(
      Array.from({ length: 6 }, () => 'taken/true'),
    );
    expect(visitor.usesLeft).toBe(1);
  });

  it('ends by its time; whoever still stands there is then asked after like everybody else', () => {
    const world = gate(held);
    convoy(world, null, 20_000);
    world.until(is(world, 'open'));
    arrives(world, '京Z99999');
    world.run(30_000);
    expect(decisions(world)).toEqual(['granted/heldOpen', 'denied/unknownCredential']);
    const resident = gate(held);
    convoy(resident, null, 20_000);
    resident.until(is(resident, 'open'));
    arrives(resident, '京A12345');
    resident.run(20_000);
    expect(decisions(resident)).toEqual(['granted/heldOpen', 'granted/permitted']);
    expect(resident.lane().grants).toHaveLength(1);
  });

  it('ends by a person, and by a lockdown for as long as that stands', () => {
    const world = gate(held);
    convoy(world, 9, 600_000);
    world.until(is(world, 'open'));
    arrives(world, '京Z99999');
    world.claim('lockdown');
    expect(decisions(world)).toEqual(['granted/heldOpen', 'denied/lockedDown']);
    world.until(is(world, 'closed'));
    world.release('lockdown');
    world.until(is(world, 'open'));
    world.release('hold', person);
    world.until(is(world, 'closed'));
    expect(world.lane().claims).toEqual([]);
  });

  it('closes over nobody: what stands under the boom when its time is over keeps the boom up (I2)', () => {
    const world = gate(held);
    convoy(world, null, 20_000);
    world.until(is(world, 'open'));
    world.set('obstruction', true);
    world.run(60_000);
    expect(new Set(world.actions())).toEqual(new Set(['holdOn']));
    world.set('obstruction', false);
    world.until(is(world, 'closed'));
  });

  it('counts who follows a car of it closely, and not one that turns back', () => {
    const world = gate({ ...held, inputs: [...fullInputs, { id: 'departure', role: 'departure', device: 'board' }] });
    convoy(world, 5);
    world.until(is(world, 'open'));
    world.set('arming', true);
    world.run(500);
    world.set('obstruction', true);
    world.run(800);
    world.set('obstruction', false);
    world.run(3000);
    expect(world.ofKind('passage').map(({ body }) => body.outcome)).toEqual(['turnedBack']);
    expect(world.lane().claims[0]?.passagesLeft).toBe(5);
  });
});

describe('a hold', () => {
  it('is refused in words where the board would close by itself and nothing can hold the boom', () => {
    const world = gate({ barrier: { hold: 'none', autoClose: 'board' } });
    convoy(world, 3);
    expect(world.lane().claims).toEqual([]);
    expect(world.ofKind('claimRefused')[0]?.body).toMatchObject({ key: 'hold', refused: 'noHoldOutput' });
    expect(world.sent).toEqual([]);
  });

  it('whose boom has come down tells somebody, and lets cars pass by their credentials meanwhile', () => {
    const world = gate(held);
    convoy(world, null, 3_600_000);
    world.until(is(world, 'open'));
    world.silence();
    world.run(3000);
    world.boom().obey('holdOff', world.now);
    world.boom().byHand('down', world.now);
    world.outputs({ open: false });
    world.bringBack();
    world.run(1000);
    expect(world.faults).toContain('heldBoomDown');
    const sent = world.sent.length;
    arrives(world, '京Z99999');
    world.run(20_000);
    expect(decisions(world)).toEqual(['denied/unknownCredential']);
    expect(world.sent).toHaveLength(sent);
    convoy(world, null, 3_600_000);
    world.until(is(world, 'open'));
    expect(world.faults).not.toContain('heldBoomDown');
  });
});

describe('a lane without presence sensor', () => {
  it('asks nobody under a held boom either', () => {
    const world = gate({ ...held, inputs: without('arming') });
    convoy(world, null, 600_000);
    world.until(is(world, 'open'));
    world.plate('京Z99999');
    world.run(500);
    expect(decisions(world)).toEqual(['granted/heldOpen']);
    expect(eastLane(held).portal).toMatchObject({ hold: 'maintained' });
  });
});
