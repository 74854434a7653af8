import { describe, expect, it } from 'vitest';
import { alarmsOf, decide } from '../../src/core/decide/decide.ts';
import { ask, lane, plate, row } from './decide-fixtures.ts';

const visitor = { category: 'visitor', usesLeft: 1 } as const;

describe('an exit', () => {
  const out = (exitPolicy: 'free' | 'known' | 'paid') => ({ direction: 'out', lane: lane({ exitPolicy }) }) as const;

  it('is free for everyone where it is free, the blocked and the locked down included, with an alarm', () => {
    expect(decide(ask([], out('free')))).toMatchObject({ outcome: 'granted', code: 'exitFree' });
    const decision = decide(ask([row({ blocked: true })], { ...out('free'), mode: 'lockedDown' }));
    expect(decision.outcome).toBe('granted');
    expect(alarmsOf(decision).map((reason) => reason.code)).toEqual(['blocked', 'lockedDown']);
  });

  it('for the known lets out whom the list knows, expired and blocked too, and refers others', () => {
    expect(decide(ask([row({ validTo: 1 })], out('known')))).toMatchObject({ outcome: 'granted', code: 'permitted' });
    expect(decide(ask([row({ blocked: true })], out('known'))).outcome).toBe('granted');
    expect(decide(ask([], out('known')))).toMatchObject({ outcome: 'referred', code: 'unknownCredential' });
  });

  it('for the known lets nobody out on one half of plate + card', () => {
    const rows = [
      row({ requires: 'plateAndCard', permit: 'dual' }),
      row({ id: 'c', key: 'card:24:1', requires: 'plateAndCard', permit: 'dual' }),
    ];
    const card = { bits: 24, value: '1' };
    for (const credentials of [
      { plate: plate('京A12345'), card: null },
      { plate: null, card },
    ])
      expect(decide(ask(rows, { ...out('known'), credentials }))).toMatchObject({
        outcome: 'referred',
        code: 'awaitingSecondFactor',
      });
    const credentials = { plate: plate('京A12345'), card };
    expect(decide(ask(rows, { ...out('known'), credentials })).outcome).toBe('granted');
  });

  it('for the known knows no car by a plate that is not surely read, nor by one of another colour', () => {
    const read = (confidence: number, color: 'blue' | 'yellow' | 'unknown') => ({
      ...out('known'),
      credentials: { plate: plate('京A12345', { confidence, color }), card: null },
    });
    expect(decide(ask([row({})], read(0.5, 'blue')))).toMatchObject({ outcome: 'referred', code: 'plateUncertain' });
    const bound = [row({ color: 'blue' })];
    expect(decide(ask(bound, read(0.9, 'blue'))).outcome).toBe('granted');
    expect(decide(ask(bound, read(0.9, 'yellow')))).toMatchObject({ outcome: 'referred', code: 'colorMismatch' });
    expect(decide(ask(bound, read(0.9, 'unknown'))).outcome).toBe('referred');
  });

  it('for payers lets out standing permits and refers visitors, whose fee is not known', () => {
    expect(decide(ask([row({})], out('paid'))).outcome).toBe('granted');
    expect(decide(ask([row(visitor)], out('paid')))).toMatchObject({
      outcome: 'referred',
      code: 'Other',
      spends: false,
    });
    expect(decide(ask([row({ validTo: 1 })], out('paid')))).toMatchObject({
      outcome: 'referred',
      code: 'CredentialExpired',
    });
  });

  it('stays granted on all lanes in an emergency', () => {
    for (const policy of ['free', 'known', 'paid'] as const) {
      const q = ask([], { ...out(policy), mode: 'emergency', opposing: true, present: 'no', facts: null });
      expect(decide(q)).toMatchObject({ outcome: 'granted', code: 'exitFree' });
    }
  });

  it('stays granted where the emergency is elsewhere, whatever the lists say, but not under a boom out of service (I16)', () => {
    const blocked = [row({ blocked: true })];
    const elsewhere = { ...out('known'), emergency: true, facts: ask(blocked).facts };
    for (const mode of ['normal', 'heldOpen', 'lockedDown'] as const)
      expect(decide(ask(blocked, { ...elsewhere, mode, journalBroken: true }))).toMatchObject({
        outcome: 'granted',
        code: 'exitFree',
      });
    expect(decide(ask([], { ...elsewhere, mode: 'outOfService' })).outcome).toBe('referred');
    expect(decide(ask([], { emergency: true })).outcome).toBe('denied');
  });
});

describe('the mode of the lane', () => {
  it.each([
    ['lockedDown', 'lockedDown'],
    ['outOfService', 'outOfService'],
  ] as const)('%s keeps entries out', (mode, code) => {
    expect(decide(ask([row({})], { mode }))).toMatchObject({ outcome: 'denied', code });
    expect(decide(ask([row({})], { mode, guardGranted: true }))).toMatchObject({
      outcome: 'granted',
      code: 'guardGranted',
    });
  });

  it('an opposing emergency route refuses entries only', () => {
    expect(decide(ask([row({})], { opposing: true }))).toMatchObject({ outcome: 'denied', code: 'opposingDirection' });
    expect(decide(ask([row({})], { opposing: true, direction: 'out' })).outcome).toBe('granted');
  });

  it('a direction that the lane does not serve is closed', () => {
    expect(decide(ask([row({})], { lane: lane({ directions: ['out'] }) }))).toMatchObject({
      outcome: 'denied',
      code: 'laneClosed',
    });
  });
});

describe('an emergency vehicle', () => {
  const engine = (color: 'white' | 'blue' | 'unknown' = 'white', confidence = 0.85) => ({
    credentials: { plate: plate('川AX1234应急', { color, confidence }), card: null },
  });
  const twice = { framesAgree: 2 };

  it('passes without a list when colour and two frames agree', () => {
    expect(decide(ask([], { ...engine(), ...twice, facts: null }))).toMatchObject({
      outcome: 'granted',
      code: 'emergencyVehicle',
    });
  });

  it('passes on one frame of top confidence, and where presence is unknown', () => {
    expect(decide(ask([], { ...engine('white', 0.95), present: 'unknown' })).outcome).toBe('granted');
  });

  it.each([
    ['one frame of middling confidence', engine()],
    ['a blue 应急 plate', { ...engine('blue'), ...twice }],
    ['a plate without colour', { ...engine('unknown'), ...twice }],
  ])('is referred at once with %s', (_why, change) => {
    const decision = decide(ask([], change));
    expect(decision).toMatchObject({ outcome: 'referred', code: 'emergencyUnconfirmed' });
    expect(alarmsOf(decision)).toHaveLength(1);
  });

  it('does not pass an empty lane', () => {
    expect(decide(ask([], { ...engine(), ...twice, present: 'no' })).outcome).toBe('referred');
  });

  it('of the site’s own list passes by its number', () => {
    const ambulance = { credentials: { plate: plate('京A120MD', { color: 'blue' }), card: null }, ...twice };
    expect(decide(ask([], ambulance))).toMatchObject({ outcome: 'granted', code: 'emergencyVehicle' });
    expect(decide(ask([], { ...ambulance, mode: 'lockedDown' })).outcome).toBe('granted');
  });

  it('in lockdown is 应急 or the site’s; police are paged', () => {
    const police = { credentials: { plate: plate('京A1234警', { color: 'white' }), card: null }, ...twice };
    expect(decide(ask([], police)).outcome).toBe('granted');
    expect(decide(ask([], { ...police, mode: 'lockedDown' }))).toMatchObject({
      outcome: 'referred',
      code: 'lockedDown',
    });
    expect(decide(ask([], { ...engine(), ...twice, mode: 'lockedDown' })).outcome).toBe('granted');
  });

  it('is asked about, not sent away, where the lane is out of service or the route opposes', () => {
    expect(decide(ask([], { ...engine(), ...twice, mode: 'outOfService' })).outcome).toBe('referred');
    expect(decide(ask([], { ...engine(), ...twice, opposing: true })).outcome).toBe('referred');
  });

  it('does not overrule the block list', () => {
    const rows = [row({ key: 'plate:川AX1234应急', blocked: true })];
    expect(decide(ask(rows, { ...engine(), ...twice }))).toMatchObject({ outcome: 'denied', code: 'blocked' });
  });

  it('that is not confirmed still passes by a permit of its own', () => {
    expect(decide(ask([row({ key: 'plate:川AX1234应急' })], engine())).code).toBe('permitted');
  });
});

describe('a blocked row', () => {
  const unknown = (rows: readonly ReturnType<typeof row>[], color: 'blue' | 'yellow') => {
    const decision = decide(ask(rows, { credentials: { plate: { ...plate('京A12345'), color }, card: null } }));
    return [decision.code, decision.reasons.find(({ rule }) => rule === 'unknownCredential')];
  };

  it('is on the list, and nobody says beside it that it is not', () => {
    expect(unknown([row({ blocked: true })], 'blue')).toMatchObject([
      'blocked',
      { verdict: 'notApplicable', facts: { known: true } },
    ]);
  });

  it('of the same number in another colour is another car, which nothing knows', () => {
    expect(unknown([row({ blocked: true, color: 'yellow' })], 'blue')).toMatchObject([
      'unknownCredential',
      { verdict: 'denies', facts: { known: false } },
    ]);
  });
});
