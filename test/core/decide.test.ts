import { describe, expect, it } from 'vitest';
import { decide, decisionOf } from '../../src/core/decide/decide.ts';
import { lookupKeys } from '../../src/core/decide/lookup.ts';
import { ask, lane, monday, plate, row } from './decide-fixtures.ts';

const day = 86_400_000;
const visitor = { category: 'visitor', usesLeft: 1 } as const;

describe('an entry', () => {
  it('is granted to a listed plate, and says by which row', () => {
    expect(decide(ask([row({})]))).toMatchObject({
      outcome: 'granted',
      code: 'permitted',
      rowId: 'row-1',
      permit: 'permit-1',
      spends: false,
    });
  });

  it('is denied by default', () => {
    expect(decide(ask([]))).toMatchObject({ outcome: 'denied', code: 'unknownCredential', rowId: null, permit: null });
  });

  it('is not granted to the same number of another province', () => {
    expect(decide(ask([row({ key: 'plate:粤A12345' })])).outcome).toBe('denied');
  });

  it('is denied to a blocked plate whatever else the list says of it, validity included', () => {
    const block = row({ id: 'block', blocked: true, enabled: false, lanes: ['elsewhere'], validTo: 1 });
    for (const rows of [
      [block, row({})],
      [row({}), block],
    ]) {
      expect(decide(ask(rows))).toMatchObject({ outcome: 'denied', code: 'blocked', rowId: 'block', permit: null });
    }
  });

  it('is denied to a good plate that comes with a blocked card', () => {
    const rows = [row({}), row({ id: 'lost', key: 'card:24:d507d0', blocked: true })];
    const credentials = { plate: plate('京A12345'), card: { bits: 24, value: 'd507d0' } };
    expect(decide(ask(rows, { credentials }))).toMatchObject({ outcome: 'denied', code: 'blocked' });
  });

  it.each([
    ['CredentialNotEnabled', { enabled: false }],
    ['CredentialExpired', { validTo: monday }],
    ['CredentialNotActive', { validFrom: monday + 1 }],
    ['NotPermittedAtThisTime', { windows: ['night'] }],
    ['NotPermittedAtThisTime', { windows: ['nobody defined this'] }],
    ['Unauthorized', { lanes: ['west-in'] }],
    ['Unauthorized', { directions: ['out'] }],
    ['usesSpent', { usesLeft: 0 }],
  ] as const)('is denied with %s to a row with %j', (code, change) => {
    expect(decide(ask([row(change)]))).toMatchObject({ outcome: 'denied', code, spends: false });
  });

  it('gives all reasons against a row, not the first', () => {
    const codes = decide(ask([row({ enabled: false, validTo: 1, lanes: ['x'], usesLeft: 0 })]))
      .reasons.filter((reason) => reason.verdict === 'denies')
      .map((reason) => reason.code);
    expect(codes).toEqual(
      expect.arrayContaining(['CredentialNotEnabled', 'CredentialExpired', 'Unauthorized', 'usesSpent']),
    );
  });

  it('is granted inside a window', () => {
    expect(decide(ask([row({ windows: ['office'] })])).outcome).toBe('granted');
  });

  it('is granted where any row grants, and keeps the other rows’ reasons', () => {
    const decision = decide(ask([row({ id: 'old', validTo: 1 }), row({ id: 'new' })]));
    expect(decision).toMatchObject({ outcome: 'granted', rowId: 'new' });
    expect(decision.reasons).toContainEqual(expect.objectContaining({ code: 'CredentialExpired', verdict: 'denies' }));
  });

  it('is granted to a card in any notation of the same number', () => {
    const rows = [row({ key: 'card:32:d507d0' })];
    expect(decide(ask(rows, { credentials: { plate: null, card: { bits: 24, value: 'd507d0' } } })).outcome).toBe(
      'granted',
    );
  });

  it('ignores rows that nobody presented', () => {
    const q = ask([]);
    const facts = q.facts === null ? null : { ...q.facts, rows: [row({ key: 'plate:京B99999' })] };
    expect(decide({ ...q, facts }).outcome).toBe('denied');
  });
});

describe('the colour of the plate', () => {
  const bound = row({ color: 'yellow' });
  const read = (color: 'blue' | 'yellow' | 'unknown') => ({
    credentials: { plate: plate('京A12345', { color }), card: null },
  });

  it('must be the row’s', () => {
    expect(decide(ask([bound], read('yellow'))).outcome).toBe('granted');
    expect(decide(ask([bound], read('blue')))).toMatchObject({ outcome: 'denied', code: 'colorMismatch' });
  });

  it('is a person’s question where the camera did not see it', () => {
    expect(decide(ask([bound], read('unknown')))).toMatchObject({ outcome: 'referred', code: 'plateUncertain' });
    expect(decide(ask([row({})], read('unknown'))).outcome).toBe('granted');
  });

  it('tells a blocked car from its namesake, and blocks both where it is unknown', () => {
    const rows = [row({ id: 'block', color: 'yellow', blocked: true }), row({ color: 'blue' })];
    expect(decide(ask(rows, read('blue')))).toMatchObject({ outcome: 'granted', rowId: 'row-1' });
    expect(decide(ask(rows, read('yellow')))).toMatchObject({ outcome: 'denied', code: 'blocked' });
    expect(decide(ask(rows, read('unknown')))).toMatchObject({ outcome: 'denied', code: 'blocked' });
  });

  it('follows from the kind of a new-energy plate', () => {
    const rows = [row({ key: 'plate:京AD12345', color: 'green' })];
    const credentials = { plate: plate('京AD12345', { color: 'unknown' }), card: null };
    expect(decide(ask(rows, { credentials })).outcome).toBe('granted');
  });
});

describe('a reading that is not sure', () => {
  const unsure = { credentials: { plate: plate('京A12345', { confidence: 0.5 }), card: null } };

  it('is never granted, listed or not', () => {
    expect(decide(ask([row({})], unsure))).toMatchObject({
      outcome: 'referred',
      code: 'plateUncertain',
      rowId: 'row-1',
    });
    expect(decide(ask([], unsure))).toMatchObject({ outcome: 'referred', code: 'plateUncertain' });
  });

  it('does not stand in the way of a card', () => {
    const rows = [row({ key: 'card:24:1' })];
    const credentials = { ...unsure.credentials, card: { bits: 24, value: '1' } };
    expect(decide(ask(rows, { credentials })).outcome).toBe('granted');
  });

  it('is one below what the lane asks for; exactly that is sure', () => {
    const at = (confidence: number) => ({ credentials: { plate: plate('京A12345', { confidence }), card: null } });
    expect(decide(ask([row({})], at(lane({}).minConfidence))).outcome).toBe('granted');
    expect(decide(ask([row({})], at(lane({}).minConfidence - 0.01))).outcome).toBe('referred');
  });

  it('counts as sure where the camera gives no confidence at all', () => {
    const credentials = { plate: plate('京A12345', { confidence: null }), card: null };
    expect(decide(ask([row({})], { credentials })).outcome).toBe('granted');
  });
});

describe('a near plate', () => {
  const meant = row({ id: 'meant', key: 'plate:京A12B45' });
  const read = { credentials: { plate: plate('京A12845'), card: null } };

  it('is a suggestion to the guard, never an opening', () => {
    const decision = decide(ask([meant], read));
    expect(decision).toMatchObject({ outcome: 'referred', code: 'nearPlate', permit: null, spends: false });
    expect(decision.suggestion).toEqual({ key: 'plate:京A12B45', rowId: 'meant', changed: 4 });
  });

  it.each([
    ['two plates are near', [meant, row({ id: 'b', key: 'plate:京412845' })]],
    ['the near plate is blocked', [row({ key: 'plate:京A12B45', blocked: true })]],
    ['a blocked plate is as near', [meant, row({ id: 'b', key: 'plate:京412845', blocked: true })]],
    ['the near plate is switched off', [row({ key: 'plate:京A12B45', enabled: false })]],
    ['the near plate has expired', [row({ key: 'plate:京A12B45', validTo: 1 })]],
    ['the near plate is of another colour', [row({ key: 'plate:京A12B45', color: 'yellow' })]],
    ['it is two characters away', [row({ key: 'plate:京412B45' })]],
  ])('is not suggested where %s', (_why, rows) => {
    expect(decide(ask(rows, read))).toMatchObject({ outcome: 'denied', code: 'unknownCredential', suggestion: null });
  });

  it('is not sought where the plate itself is listed or the site does not want it', () => {
    expect(decide(ask([meant, row({ key: 'plate:京A12845', enabled: false })], read)).suggestion).toBeNull();
    const q = ask([meant], read);
    expect(decide({ ...q, site: { ...q.site, near: { suggest: false } } })).toMatchObject({ outcome: 'denied' });
  });

  it('helps the guard with an unsure reading too', () => {
    const credentials = { plate: plate('京A12845', { confidence: 0.3 }), card: null };
    expect(decide(ask([meant], { credentials }))).toMatchObject({
      outcome: 'referred',
      code: 'plateUncertain',
      suggestion: { rowId: 'meant' },
    });
  });
});

describe('when something is missing', () => {
  it('no plate is referred', () => {
    expect(decide(ask([], { credentials: { plate: plate(''), card: null } }))).toMatchObject({
      outcome: 'referred',
      code: 'noPlate',
    });
    expect(decide(ask([], { credentials: { plate: null, card: null }, facts: null })).code).toBe('noPlate');
  });

  it('an unavailable list is referred at an entry', () => {
    const q = ask([row({})]);
    const facts = q.facts === null ? null : { ...q.facts, available: false };
    for (const lost of [facts, null]) {
      expect(decide({ ...q, facts: lost })).toMatchObject({ outcome: 'referred', code: 'listUnavailable' });
    }
  });

  it('a car that is not there is referred', () => {
    expect(decide(ask([row({})], { present: 'no' }))).toMatchObject({ outcome: 'referred', code: 'notPresent' });
    expect(decide(ask([row({})], { present: 'unknown' })).outcome).toBe('granted');
  });

  it('an uncommissioned lane refers everything but the guard', () => {
    const raw = { lane: lane({ commissioned: false }) };
    expect(decide(ask([row({})], raw))).toMatchObject({ outcome: 'referred', code: 'laneNotCommissioned' });
    expect(decide(ask([], { ...raw, direction: 'out' }))).toMatchObject({ outcome: 'referred' });
    expect(decide(ask([], { ...raw, guardGranted: true })).outcome).toBe('granted');
  });

  it('a broken journal refuses one-time credentials and lets standing permits pass', () => {
    expect(decide(ask([row({})], { journalBroken: true })).outcome).toBe('granted');
    expect(decide(ask([row(visitor)], { journalBroken: true }))).toMatchObject({
      outcome: 'denied',
      code: 'journalBroken',
    });
  });
});

describe('a clock that nobody vouches for', () => {
  const now = { mono: 1000, wall: monday, wallTrusted: false };

  it('refers visitors whose right is bound to time', () => {
    const bound = row({ ...visitor, validTo: monday + day });
    expect(decide(ask([bound], { now }))).toMatchObject({ outcome: 'referred', code: 'clockUntrusted', spends: false });
    expect(decide(ask([bound])).outcome).toBe('granted');
    expect(decide(ask([row(visitor)], { now })).outcome).toBe('granted');
  });

  it('does not keep out residents, not even after a dead battery', () => {
    const resident = row({ validFrom: monday - day, validTo: monday + day });
    expect(decide(ask([resident], { now })).outcome).toBe('granted');
    expect(decide(ask([resident], { now: { ...now, wall: 0 } })).outcome).toBe('granted');
  });

  it('asks a person about a resident who seems to have expired', () => {
    const expired = row({ validTo: monday - day });
    expect(decide(ask([expired], { now }))).toMatchObject({ outcome: 'referred', code: 'clockUntrusted' });
    expect(decide(ask([row({ windows: ['night'] })], { now })).outcome).toBe('referred');
  });
});

describe('a one-time credential', () => {
  it('is spent by its grant at the entry, and prefers not to be', () => {
    expect(decide(ask([row(visitor)]))).toMatchObject({ outcome: 'granted', spends: true });
    expect(decide(ask([row({ id: 'once', ...visitor }), row({ id: 'always' })]))).toMatchObject({
      rowId: 'always',
      spends: false,
    });
  });

  it('admits once although the list does not show its use yet', () => {
    expect(decide(ask([row(visitor)], { spentRows: ['row-1'] }))).toMatchObject({
      outcome: 'denied',
      code: 'usesSpent',
    });
    expect(decide(ask([row({ usesLeft: 2 })], { spentRows: ['row-1'] })).outcome).toBe('granted');
  });

  it('is honoured once more by its lane without being spent again', () => {
    expect(decide(ask([row({ usesLeft: 0 })], { honouredRows: ['row-1'] }))).toMatchObject({
      outcome: 'granted',
      spends: false,
    });
  });
});

describe('plate and card', () => {
  const rows = [
    row({ id: 'p', requires: 'plateAndCard', permit: 'dual' }),
    row({ id: 'c', key: 'card:24:d507d0', requires: 'plateAndCard', permit: 'dual' }),
    row({ id: 'other', key: 'card:24:bad', requires: 'plateAndCard', permit: 'neighbour' }),
  ];
  const card = { bits: 24, value: 'd507d0' };
  const plateOnly = { plate: plate('京A12345'), card: null };
  const cardOnly = { plate: null, card };

  it.each([
    ['plate', plateOnly],
    ['card', cardOnly],
  ] as const)('a first half (%s) waits for the other', (_half, credentials) => {
    expect(decide(ask(rows, { credentials }))).toMatchObject({
      outcome: 'referred',
      code: 'awaitingSecondFactor',
      permit: 'dual',
    });
  });

  it.each([
    ['card', cardOnly],
    ['plate', plateOnly],
  ] as const)('one half (%s) is never the other one, whatever the lane knows of times', (_half, credentials) => {
    for (const paired of [true, false])
      for (const lapsed of [[], ['plate'], ['card'], ['plate', 'card']] as const)
        expect(decide(ask(rows, { credentials, secondFactor: { paired, lapsed } })).outcome).not.toBe('granted');
  });

  it('both halves at once grant', () => {
    expect(decide(ask(rows, { credentials: { plate: plate('京A12345'), card } })).outcome).toBe('granted');
  });

  it('both halves read too far apart wait for the later one’s other half', () => {
    const secondFactor = { paired: false, lapsed: ['plate'] } as const;
    const credentials = { plate: plate('京A12345'), card };
    expect(decide(ask(rows, { credentials, secondFactor }))).toMatchObject({
      outcome: 'referred',
      code: 'awaitingSecondFactor',
      rowId: 'c',
    });
  });

  it('halves of two permits are a mismatch', () => {
    const wrong = { bits: 24, value: 'bad' };
    expect(decide(ask(rows, { credentials: { plate: plate('京A12345'), card: wrong } }))).toMatchObject({
      outcome: 'denied',
      code: 'secondFactorMismatch',
    });
  });

  it('a lost card that was switched off is no second factor', () => {
    const lost = rows.map((one) => (one.id === 'c' ? { ...one, enabled: false } : one));
    const decision = decide(ask(lost, { credentials: { plate: plate('京A12345'), card } }));
    expect(decision.outcome).not.toBe('granted');
  });

  it('a half whose window is over is denied, and its permit named', () => {
    const secondFactor = { paired: false, lapsed: ['plate'] } as const;
    expect(decide(ask(rows, { credentials: plateOnly, secondFactor }))).toMatchObject({
      outcome: 'denied',
      code: 'secondFactorMissing',
      permit: 'dual',
    });
  });
});

describe('the look-up', () => {
  const base = { device: 'cam', receivedAt: 0 } as const;
  const rest = {
    ...base,
    color: 'blue',
    confidence: null,
    heading: 'unknown',
    late: false,
    eventId: null,
    cameraWall: null,
  } as const;

  it('asks for the exact plate and its neighbours', () => {
    const keys = lookupKeys({ kind: 'plateRead', raw: '蓝京A·12845', vendor: {}, ...rest });
    expect(keys?.exact).toEqual(['plate:京A12845']);
    expect(keys?.near).toContain('plate:京A12B45');
  });

  it('asks nothing for a car without a plate, and all widths for a card', () => {
    expect(lookupKeys({ kind: 'plateRead', raw: '无车牌', vendor: {}, ...rest })).toEqual({ exact: [], near: [] });
    const card = { kind: 'cardRead', bits: 24, value: 'd507d0', format: 'w26', late: false, ...base } as const;
    expect(lookupKeys(card)?.exact).toEqual(expect.arrayContaining(['card:24:d507d0', 'card:32:d507d0']));
    expect(lookupKeys({ kind: 'deviceReturned', device: 'cam' })).toBeNull();
  });
});

describe('a decision made without a list', () => {
  it('has one reason with the fitting verdict', () => {
    expect(decisionOf('referred', 'grantQueue', 'grantQueueFull', { limit: 4 })).toMatchObject({
      outcome: 'referred',
      code: 'grantQueueFull',
      reasons: [{ rule: 'grantQueue', verdict: 'refers', facts: { limit: 4 } }],
    });
  });
});
