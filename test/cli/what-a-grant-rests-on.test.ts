/** Plate and card in one line of the journal: only what a grant rests on stands before it, or a strange card would seem to have opened. */
import { describe, expect, it } from 'vitest';
import { whatHappened } from '../../src/cli/record-line.ts';
import type { Settings } from '../../src/cli/settings.ts';
import { decide, recordedOf } from '../../src/core/decide/decide.ts';
import type { ListRow } from '../../src/core/decide/facts.ts';
import type { StoredRecord } from '../../src/store/journal-read.ts';
import { ask, plate, row } from '../core/decide-fixtures.ts';

const card = { bits: 32, value: 'f4ac2ccd' };

function told(rows: readonly ListRow[], language: 'zh' | 'en' = 'en'): string {
  const decision = recordedOf(decide(ask(rows, { credentials: { plate: plate('京A12345'), card } })));
  const record = {
    kind: 'decision',
    body: { outcome: decision.outcome, code: decision.code, decision },
    personal: { plate: '京A12345', card: card.value },
  } as unknown as StoredRecord;
  const say = (zh: string, en: string) => (language === 'zh' ? zh : en);
  return whatHappened(record, { language, say } as Settings);
}

describe('a grant', () => {
  it('by the plate says that a card which is on no list played no part', () => {
    expect(told([row({})])).toMatch(/^✓ 京A12345 \(f4ac2ccd played no part\) granted: On the list/);
    expect(told([row({})], 'zh')).toMatch(/^✓ 京A12345（f4ac2ccd 未起作用） 放行：/);
  });

  it('by plate and card together names both', () => {
    const both = { permit: 'dual', requires: 'plateAndCard' } as const;
    const rows = [row({ ...both, id: 'a' }), row({ ...both, id: 'b', key: 'card:32:f4ac2ccd' })];
    expect(told(rows)).toMatch(/^✓ 京A12345 \+ f4ac2ccd granted/);
  });

  it('is not what a refusal names: there both were shown and both count', () => {
    expect(told([])).toMatch(/^✕ 京A12345 \+ f4ac2ccd denied/);
  });
});
