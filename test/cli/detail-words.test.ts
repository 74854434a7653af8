import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detailWords, sentences } from '../../src/cli/detail-words.ts';
import { whatHappened } from '../../src/cli/record-line.ts';
import type { Settings } from '../../src/cli/settings.ts';
import { detailText } from '../../src/cli/status.ts';
import type { StoredRecord } from '../../src/store/journal-read.ts';
import { root } from '../house/running.ts';

const sources = ['src/field', 'src/runtime', 'drivers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);

it('a travel that was learned is told in seconds', () => {
  const record = {
    kind: 'travelLearned',
    body: {
      device: 'b',
      toward: 'closed',
      configuredMs: 3000,
      p95Ms: 1640,
      firstMs: 1600,
      limitMs: 2460,
      samples: [1640],
    },
    personal: null,
  } as unknown as StoredRecord;
  const said = (language: 'zh' | 'en') =>
    whatHappened(record, { language, say: (zh, en) => (language === 'zh' ? zh : en) } as Settings);
  expect(said('zh')).toBe('学到落杆时间 1.6 秒，超过 2.5 秒报故障');
  expect(said('en')).toBe('closing takes 1.6 s, as learned; more than 2.5 s is a fault');
});

describe('details of faults in Chinese', () => {
  it.each([
    ['closed by the other side', '对方关闭了连接'],
    ['10.0.0.7:502: closed by the other side', '10.0.0.7:502：对方关闭了连接'],
    ['no sign of life for 45 s', '45 秒没有任何消息'],
    [
      'inputs not read for 812 ms, refused: 2 bytes, no whole frame',
      '812 毫秒没有读到输入：被拒绝：收到 2 字节，没有完整的帧',
    ],
    [
      '10.0.0.7:502: connect ECONNREFUSED 10.0.0.7:502',
      '对方拒绝连接（10.0.0.7:502: connect ECONNREFUSED 10.0.0.7:502）',
    ],
    ['unanswered: no answer', '设备无应答：无应答'],
    ['relay 3', 'relay 3'],
    ['', ''],
  ])('say %j as %j', (en, zh) => {
    expect(detailWords(en, 'zh')).toBe(zh);
    expect(detailWords(en, 'en')).toBe(en);
  });

  it('have Chinese names and values', () => {
    const settings = { language: 'zh', timezone: 'Asia/Shanghai' } as Parameters<typeof detailText>[1];
    expect(detailText({ why: 'no unit answers', command: 'b.7', result: 'unanswered' }, settings)).toBe(
      '原因=没有单元应答  命令=b.7  结果=设备无应答',
    );
    expect(detailText({ why: 'no unit answers' }, { ...settings, language: 'en' })).toBe('why=no unit answers');
  });

  it('know only sentences that the code still writes', () => {
    expect(sources.length).toBeGreaterThan(80);
    for (const [en] of sentences) {
      const stems = en.split('{}').filter((stem) => /[a-z]{3}/.test(stem));
      expect(stems.length, en).toBeGreaterThan(0);
      const written = sources.some((source) => stems.every((stem) => source.includes(stem)));
      expect(written, `no source writes "${en}"`).toBe(true);
    }
  });

  it('of a length that no code of ours writes are not looked into', () => {
    const endless = `inputs not read for ${' ms, '.repeat(20_000)}`;
    expect(detailWords(endless, 'zh')).toBe(endless);
  });
});
