/** What is believed of the emergency latch at a start: the two places at every moment at which a power cut can find them. */
import { describe, expect, it } from 'vitest';
import { latchOf } from '../../src/core/emergency/latch.ts';
import type { Json } from '../../src/core/values.ts';
import { fromFile, keptFrom, keptJson, type KeptLatch, whyDoubted } from '../../src/runtime/kept-latch.ts';
import { claims, fire, person, release, road } from '../core/emergency-world.ts';

const epoch = 'e1';
const read = (value: Json) => ({ kind: 'read', value, generation: 1, soundCopies: 2 }) as const;
const ready = (value: Json | undefined, of: string | null = epoch) => ({
  prepared: 'ready' as const,
  epoch: of,
  value,
});
const cause = {
  ...{ key: 'fire:b.fire', purpose: 'fire' as const, via: 'contact', home: 'in', since: 1000 },
  ...{ reach: ['north'], lanes: ['in', 'out'] },
};
const kept = (change: Partial<KeptLatch> = {}): KeptLatch => ({
  generation: 4,
  epoch,
  causes: [cause],
  doubt: null,
  ...change,
});
const json = (change: Partial<KeptLatch> = {}) => keptJson(kept(change));

describe('the latch in its two places', () => {
  it.each([
    ['agree', kept(), ready(json()), null],
    ['were never written', null, ready(undefined), null],
    ['agree that nothing stands', kept({ causes: [] }), ready(json({ causes: [] })), null],
    ['hold the very first word, the database not yet', kept({ generation: 1, causes: [] }), ready(undefined), null],
    ['hold the very first word, the file not yet', null, ready(json({ generation: 1, causes: [] })), null],
    ['hold a first emergency, the database not yet', kept({ generation: 1 }), ready(undefined), 'placesDiffer'],
    ['differ by one write', kept({ generation: 5, causes: [] }), ready(json()), 'placesDiffer'],
    ['differ in what stands', kept({ causes: [] }), ready(json()), 'placesDiffer'],
    ['have lost the file', null, ready(json()), 'fileMissing'],
    ['have lost the file since an emergency ended', null, ready(json({ causes: [] })), 'fileMissing'],
    ['have a database that does not tell its epoch', kept(), ready(json(), null), 'databaseUnusable'],
    ['have a database of another epoch', kept(), ready(json(), 'e2'), 'databaseRestored'],
    [
      'have a new database and nothing in it',
      kept({ generation: 1, causes: [] }),
      ready(undefined, 'e2'),
      'databaseRestored',
    ],
    [
      'have a database that was restored',
      kept(),
      { ...ready(json()), prepared: 'restored' as const },
      'databaseRestored',
    ],
    [
      'have a database that was replaced',
      null,
      { ...ready(undefined), prepared: 'replaced' as const },
      'databaseRestored',
    ],
    ['have no database', kept(), { ...ready(json(), null), prepared: 'unusable' as const }, 'databaseUnusable'],
    ['have a database that holds nonsense', kept(), ready({ version: 1 }), 'databaseUnreadable'],
  ])('%s', (_, file, database, why) => {
    expect(whyDoubted(file, database)).toBe(why);
  });

  it('are read back as they were kept, and whatever is not whole is not taken to be empty', () => {
    const doubt = { why: 'fileMissing', lanes: ['in'] };
    for (const one of [
      kept(),
      kept({ doubt }),
      kept({ epoch: null, causes: [{ ...cause, reach: 'site', home: null }] }),
    ])
      expect(keptFrom(JSON.parse(JSON.stringify(keptJson(one))) as Json)).toEqual(one);
    const broken: readonly Json[] = [
      ...[null, [], {}, { ...json(), version: 2 }, { ...json(), causes: null }, { ...json(), doubt: {} }],
      ...[
        { ...json(), causes: [{ key: 'x' }] },
        { ...json(), generation: '4' },
        { ...json(), epoch: 7 },
      ],
      { ...json(), causes: [{ ...cause, lanes: [1] }] },
    ];
    for (const value of broken) {
      expect(keptFrom(value), JSON.stringify(value)).toBeNull();
      expect(fromFile(read(value))).toEqual({ kept: null, why: 'fileUnreadable' });
    }
    expect(fromFile({ kind: 'unreadable', why: 'both' }).why).toBe('fileUnreadable');
    expect(fromFile({ kind: 'absent' })).toEqual({ kept: null, why: null });
  });

  it('cut off between any two of their writes, hold again at least what stood, and are doubted unless they agree (I3)', () => {
    const versions: KeptLatch[] = [];
    const world = road();
    const keep = () => versions.push({ ...latchOf(world.site), generation: versions.length + 1, epoch });
    keep();
    fire(world);
    world.run(300);
    keep();
    world.request({ kind: 'emergency', by: person, reach: { kind: 'site' }, reason: '' });
    keep();
    fire(world, 'in', false);
    world.run(300);
    release(world, 'fire:in-board.fire');
    keep();
    release(world, 'order:site');
    keep();
    for (const file of versions)
      for (const database of versions) {
        const why = whyDoubted(file, ready(keptJson(database)));
        expect(why).toBe(file === database ? null : 'placesDiffer');
        const after = road();
        after.request({ kind: 'recallLatch', causes: file.causes, doubt: file.doubt });
        if (why !== null) after.request({ kind: 'recallLatch', causes: database.causes, doubt: { why, lanes: null } });
        const stood = [...file.causes, ...database.causes];
        for (const { key, lanes } of stood) for (const id of lanes) expect(claims(after)[id]).toContain(key);
        expect(latchOf(after.site).doubt?.lanes.length ?? 0).toBe(why === null ? 0 : 3);
      }
  });
});
