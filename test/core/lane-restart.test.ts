/** What a lane must not forget, or not take for granted, when the process has been away. */
import { describe, expect, it } from 'vitest';
import { arrives, fullInputs, gate, input, limits, loopInputs, without } from './lane-fixtures.ts';

const withDeparture = [...fullInputs, input('departure')];

describe('after a restart', () => {
  it('a sensor that was found blind is not believed until it is seen occupied', () => {
    const world = gate({ inputs: withDeparture });
    world.request({
      ...{ kind: 'systemFault', code: 'obstructionSilent', subject: 'east', raised: true },
      detail: { inputs: ['obstruction'] },
    });
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('arming', false);
    world.set('departure', true);
    world.run(1000);
    world.set('departure', false);
    world.run(20_000);
    expect(world.actions()).not.toContain('pulseClose');
    world.set('obstruction', true);
    world.run(500);
    world.set('obstruction', false);
    world.run(500);
    expect(world.faults).not.toContain('obstructionSilent');
  });

  it('an event that was heard before it moves nothing when it is sent again, whatever the clock says of it now (I9)', () => {
    const world = gate({ inputs: limits });
    const heard = { lane: 'east', device: 'camera', cameraWall: null, raw: '京A12345' };
    world.request({ kind: 'recall', heard: [{ ...heard, eventId: 'e1' }] });
    world.plate('京A12345', { eventId: 'e1' });
    world.run(1000);
    expect(world.sent).toEqual([]);
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('resent');
    world.plate('京A12345', { eventId: 'e2' });
    world.run(1000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('a car that drives off under a boom found open is not called a tailgater', () => {
    const world = gate({}, { startsOpen: true });
    world.set('obstruction', true);
    world.run(1500);
    world.set('obstruction', false);
    world.run(2000);
    expect(world.ofKind('passage').map(({ body }) => body.outcome)).toEqual(['unknown']);
  });
});

describe('a second supervised fire contact', () => {
  const pairs = (onBroken: 'open' | 'alarm') => [
    ...fullInputs.filter(({ role }) => role !== 'fire'),
    ...[input('fire', { supervision: 'pair', onBroken }), input('fireNo')],
    ...[input('fire', { id: 'fire2', supervision: 'pair', onBroken }), input('fireNo', { id: 'fireNo2' })],
  ];

  it.each(['open', 'alarm'] as const)('is judged by its own half, with onBroken %s', (onBroken) => {
    const world = gate({ inputs: pairs(onBroken) });
    world.set('fire2', true);
    world.set('fireNo2', true);
    world.run(800);
    expect(world.lane().claims.map(({ purpose }) => purpose)).toEqual(['fire']);
    expect(world.faults).not.toContain('fireContactBroken');
  });
});

describe('a release by command line', () => {
  it('ends the fire, but nobody is taken to watch the boom come down', () => {
    const world = gate({ inputs: loopInputs, barrier: { hold: 'holdInput' } });
    world.set('fire', true);
    world.run(3000);
    world.set('fire', false);
    world.run(3000);
    world.release(world.lane().claims[0]?.key ?? '', { via: 'cli', name: '李工' });
    world.run(120_000);
    expect(world.lane().claims).toEqual([]);
    expect(world.actions()).not.toContain('holdOff');
    expect(world.faults).toContain('heldOpenTooLong');
  });
});

describe('clear', () => {
  it('is two fresh reads that agree: one alone closes nothing (I2)', () => {
    const world = gate({ timing: { clearForMs: 0, closeAfterClearMs: 0 } });
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('obstruction', false);
    const cleared = world.now;
    world.until(() => world.actions().includes('pulseClose'));
    const first = world.lane().inputs;
    expect(world.now - cleared).toBeGreaterThan(100);
    expect(Object.values(first).some(({ reads }) => reads >= 2)).toBe(true);
  });

  it('of a close that waits does not outlive the silence of its sensor on another board (I2)', () => {
    const elsewhere = input('obstruction', { detects: 'both', device: 'radar' });
    const world = gate({ inputs: [...without('obstruction'), elsewhere], timing: { closeAfterClearMs: 3000 } });
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('arming', false);
    world.set('obstruction', true, 'radar');
    world.run(1000);
    world.set('obstruction', false, 'radar');
    world.until(() => world.lane().close !== null);
    expect(world.lane().close?.why).toBe('behindVehicle');
    world.silence('radar');
    world.run(2000);
    expect(world.lane().close).toBeNull();
    world.bringBack('radar');
    world.run(5000);
    expect(world.actions()).not.toContain('pulseClose');
  });
});

describe('personal data (I14)', () => {
  it('a vendor’s own words and a person’s free text stand beside the record, not in it', () => {
    const world = gate({ inputs: limits });
    world.plate('京Z99999', { vendor: { originalLicensePlate: '京Z99999' } });
    world.request({
      ...{ kind: 'answerReferral', lane: 'east', by: { via: 'screen', name: '王' }, grant: false },
      reason: '是 3-101 的亲戚 京Z99999',
    });
    world.request({
      ...{ kind: 'claim', lane: 'east', by: { via: 'cli', name: '王' }, purpose: 'hold', key: 'k' },
      ...{ reason: '等 京Z99999', expiresInMs: 1000 },
    });
    world.run(2000);
    for (const { kind, body, decision } of world.records) {
      expect(JSON.stringify(body), kind).not.toContain('京Z99999');
      const { suggestion: _, ...kept } = decision ?? { suggestion: null };
      expect(JSON.stringify(kept), kind).not.toContain('京Z99999');
    }
    expect(JSON.stringify(world.records.map(({ personal }) => personal ?? null))).toContain('originalLicensePlate');
  });
});

describe('a boom that a restart leaves falling', () => {
  const falling = (change: Parameters<typeof gate>[0] = {}) => {
    const world = gate({ ...change, barrier: { travelMs: 4000, ...change.barrier } }, { startsOpen: true });
    world.boom().obey('pulseClose', world.now);
    world.run(600);
    world.restart();
    return world;
  };

  it('is sent up by whoever is under it, also where the first frame is lost (I2)', () => {
    const world = falling();
    world.run(300);
    let frames = 0;
    world.fate = () => (frames++ === 0 ? 'unanswered' : 'confirmed');
    world.set('obstruction', true);
    world.run(200);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'reopen', after: null });
    world.until(() => world.boom().isUp, 8000);
  });

  it('moves by nothing of ours where nobody is, whatever is not known yet (I17)', () => {
    const world = falling();
    world.run(10_000);
    expect(world.sent).toEqual([]);
    expect(world.boom().isDown).toBe(true);
  });

  it('is let be where the lane is out of service', () => {
    const world = falling();
    world.claim('outOfService');
    world.set('obstruction', true);
    world.run(1000);
    expect(world.sent).toEqual([]);
  });
});
