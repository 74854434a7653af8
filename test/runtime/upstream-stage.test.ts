import { describe, expect, it } from 'vitest';
import { MARKS_KEPT, marksIn, upstreamStageOf } from '../../src/runtime/upstream-view.ts';
import type { JournalReader, StoredRecord } from '../../src/store/journal-read.ts';

type Asked = Pick<JournalReader, 'cursor' | 'value' | 'wasPassedOver'>;

function stageOf(seq: number, cursor: number | null, marks: readonly object[], boot = 'b1') {
  const reader: Asked = {
    cursor: () => (cursor === null ? null : { epoch: 'e', seq: cursor }),
    value: () => marks as never,
    wasPassedOver: (record) => record.seq === 12,
  };
  return upstreamStageOf(reader as JournalReader, { seq, atMono: 1000, boot } as StoredRecord);
}

const mark = (seq: number, atMono: number) => ({ seq, atWall: 5_000_000 + atMono, atMono, boot: 'b1' });

describe('the upstream stage of a record', () => {
  it('is acknowledged by the first mark that covers it', () => {
    const marks = [mark(10, 900), mark(20, 1500), mark(30, 9000)];
    expect(stageOf(15, 30, marks)).toEqual({ state: 'acknowledged', atWall: 5_001_500, ms: 500 });
    expect(stageOf(15, 30, marks, 'b0')).toEqual({ state: 'acknowledged', atWall: 5_001_500, ms: null });
  });

  it('is that it was passed over, where a record behind it says so', () => {
    expect(stageOf(12, 30, [mark(30, 900)])).toEqual({ state: 'passedOver' });
    expect(stageOf(12, 11, [mark(10, 900)])).toEqual({ state: 'waiting', ahead: 0 });
  });

  it('waits, with how many before it', () => {
    expect(stageOf(35, 30, [mark(30, 900)])).toEqual({ state: 'waiting', ahead: 4 });
  });

  it('says acknowledged alone where its mark is gone: the oldest kept may be much younger than it', () => {
    const marks = Array.from({ length: MARKS_KEPT }, (_, at) => mark(100 + at, 2000 + at));
    expect(stageOf(15, 163, marks)).toEqual({ state: 'acknowledged', atWall: null, ms: null });
    expect(stageOf(15, 30, [])).toEqual({ state: 'acknowledged', atWall: null, ms: null });
  });

  it('is never where nothing ever was', () => {
    expect(stageOf(15, null, [])).toEqual({ state: 'never' });
  });

  it.each([null, 7, 'x', [null, 5, { seq: '1' }], { seq: 1 }])('takes %j for no mark', (kept) => {
    expect(marksIn(kept)).toEqual([]);
  });
});
