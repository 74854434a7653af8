/** Plate + card while the device for the other half is down, only slow, or was never built in (gate.md "Two factors"). */
import { describe, expect, it } from 'vitest';
import type { RecordedDecision } from '../../src/core/decide/decision.ts';
import type { LaneModel } from '../../src/core/site-model.ts';
import { alarmsOf } from '../../src/core/decide/decide.ts';
import { explainDecision, explainReason } from '../../src/core/words/words.ts';
import { row } from './decide-fixtures.ts';
import { arrives, gate, type LaneChange } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const both = { permit: 'dual', requires: 'plateAndCard' } as const;
const rows = [
  row({ ...both, id: 'a', key: 'plate:京A12345' }),
  row({ ...both, id: 'b', key: 'card:24:abc' }),
  row({ id: 'c', key: 'plate:京B67890', permit: 'other' }),
];
const open = (change: LaneChange = {}) => gate({ secondFactorFallback: 'singleFactor', ...change }, { rows });
const silent = (world: World, device: string) => world.observe({ kind: 'deviceSilent', device, why: 'line down' });
const codes = (world: World) => world.ofKind('decision').map((record) => String(record.body.code));
const lastDecision = (world: World): RecordedDecision | undefined => world.ofKind('decision').at(-1)?.decision;
const sentences = (world: World, language: 'zh' | 'en') =>
  lastDecision(world)?.reasons.map((reason) => explainReason(reason, language)) ?? [];

describe('a lane that lets one half through while the reader is down', () => {
  it('opens to the plate alone, and the record names the device, its fault and how long it stood', () => {
    const world = open();
    silent(world, 'reader');
    world.run(20_000);
    arrives(world, '京A12345');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
    const waived = lastDecision(world)?.reasons.find((reason) => reason.code === 'secondFactorWaived');
    expect(waived).toMatchObject({ rule: 'rowSecondFactor', verdict: 'passes' });
    expect(waived?.facts).toMatchObject({ device: 'reader', fault: 'deviceSilent', fallback: 'singleFactor' });
    expect(Number(waived?.facts?.faultForMs)).toBeGreaterThanOrEqual(20_000);
    const decided = lastDecision(world);
    expect(decided === undefined ? [] : alarmsOf(decided)).toHaveLength(1);
    expect(sentences(world, 'zh')).toContain('读卡器故障（无应答），按本车道规定只凭车牌放行，请保安注意');
    expect(sentences(world, 'en').join()).toContain('The reader is down (no answer)');
    if (decided === undefined) throw new Error('nothing was decided');
    expect(explainDecision(decided, 'zh')).toMatch(
      /^放行 !：读卡器故障（无应答），按本车道规定只凭车牌放行，请保安注意；名单许可有效/,
    );
    expect(explainDecision(decided, 'en')).toMatch(/^granted !: The reader is down \(no answer\).*; On the list/);
  });

  it('opens to the card alone while the camera is down', () => {
    const world = open();
    silent(world, 'camera');
    world.run(11_000);
    world.set('arming', true);
    world.run(200);
    world.card('abc');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(lastDecision(world)?.reasons.map((reason) => reason.code)).toContain('secondFactorWaived');
  });

  it('demands both of whoever comes while it is only slow: no fault, no waiver, denied when the window ends', () => {
    const world = open();
    arrives(world, '京A12345');
    world.run(30_000);
    expect(world.sent).toEqual([]);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'secondFactorMissing']);
  });

  it('demands both while a fault has only begun: a line that reconnects is not down', () => {
    const world = open();
    silent(world, 'reader');
    world.run(1000);
    arrives(world, '京A12345');
    world.run(3000);
    world.observe({ kind: 'deviceReturned', device: 'reader' });
    world.run(20_000);
    expect(world.sent).toEqual([]);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'secondFactorMissing']);
  });

  it('lets the waiting car through when the fault turns out to stay, before its window ends', () => {
    const world = open();
    arrives(world, '京A12345');
    world.run(2000);
    silent(world, 'reader');
    world.run(9000);
    expect(world.sent).toEqual([]);
    world.run(1500);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'permitted']);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('demands both while one of two readers still works', () => {
    const readers: LaneModel['readers'] = [
      { device: 'reader', direction: 'in' },
      { device: 'reader2', direction: 'in' },
    ];
    const world = open({ readers });
    silent(world, 'reader');
    world.run(20_000);
    arrives(world, '京A12345');
    world.run(20_000);
    expect(world.sent).toEqual([]);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'secondFactorMissing']);
  });

  it('still turns a stranger away, and a plate that was not read surely', () => {
    const world = open();
    silent(world, 'reader');
    world.run(20_000);
    arrives(world, '京A12345');
    world.run(100);
    expect(world.actions()).toHaveLength(1);
    const stranger = open();
    silent(stranger, 'reader');
    stranger.run(20_000);
    arrives(stranger, '京Z99999');
    stranger.run(20_000);
    expect(stranger.sent).toEqual([]);
    const unsure = open();
    silent(unsure, 'reader');
    unsure.run(20_000);
    unsure.set('arming', true);
    unsure.run(200);
    unsure.plate('京A12345', { confidence: 0.4 });
    unsure.run(20_000);
    expect(unsure.sent).toEqual([]);
  });
});

describe('a lane that refers while the reader is down', () => {
  it('asks a person, denies nobody however long it lasts, and says which device', () => {
    const world = gate({}, { rows });
    silent(world, 'reader');
    world.run(15_000);
    arrives(world, '京A12345');
    world.run(60_000);
    expect(world.sent).toEqual([]);
    expect(codes(world)).toEqual(['secondFactorUnavailable']);
    expect(lastDecision(world)?.outcome).toBe('referred');
    expect(sentences(world, 'zh')).toContain('读卡器故障（无应答），另一项无法核对，请人工核对');
  });

  it('asks for the card again, with a whole window, once the reader has returned', () => {
    const world = gate({}, { rows });
    silent(world, 'reader');
    world.run(15_000);
    arrives(world, '京A12345');
    world.run(5000);
    world.observe({ kind: 'deviceReturned', device: 'reader' });
    world.run(8000);
    world.card('abc');
    world.run(100);
    expect(codes(world)).toEqual(['secondFactorUnavailable', 'awaitingSecondFactor', 'permitted']);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('refers where no reader was ever built in, whatever the fallback: nothing is down there', () => {
    const world = open({ readers: [] });
    arrives(world, '京A12345');
    world.run(60_000);
    expect(world.sent).toEqual([]);
    expect(codes(world)).toEqual(['secondFactorUnavailable']);
    expect(sentences(world, 'en').join()).toContain('this lane has no reader');
  });
});

describe('a tag heard before the car came', () => {
  const world = () => gate({ timing: { armWindowMs: 20_000 } }, { rows });

  it('counts for ten seconds', () => {
    const gateWorld = world();
    gateWorld.card('abc');
    gateWorld.run(9000);
    arrives(gateWorld, '京A12345');
    gateWorld.run(100);
    expect(gateWorld.actions()).toEqual(['pulseOpen']);
  });

  it('does not count after that, and the record says so', () => {
    const gateWorld = world();
    gateWorld.card('abc');
    gateWorld.run(11_000);
    arrives(gateWorld, '京A12345');
    gateWorld.run(100);
    expect(gateWorld.sent).toEqual([]);
    expect(codes(gateWorld)).toEqual(['awaitingSecondFactor']);
    expect(gateWorld.ofKind('unmatched').map((record) => record.body)).toEqual([{ tooOldMs: 10_000 }]);
  });
});

it('a second card is a second answer: both are recorded', () => {
  const world = gate({}, { rows: [] });
  world.set('arming', true);
  world.run(200);
  world.card('111');
  world.run(500);
  world.card('222');
  world.card('222');
  world.run(500);
  expect(world.ofKind('decision').map((record) => record.personal?.card)).toEqual(['111', '222']);
});
