import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fieldNames } from '../../src/cli/detail-fields.ts';
import { detailWords, sentences } from '../../src/cli/detail-words.ts';
import { whatHappened } from '../../src/cli/record-line.ts';
import type { Settings } from '../../src/cli/settings.ts';
import { detailText } from '../../src/cli/status.ts';
import type { StoredRecord } from '../../src/store/journal-read.ts';
import { root } from '../house/running.ts';

const sources = ['src/field', 'src/runtime', 'src/wire', 'src/cli', 'drivers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|^detail-words\.ts$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);

const under = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true })
    .map(String)
    // The guard's own files speak of threads, not of faults.
    .filter((name) => name.endsWith('.ts') && !name.startsWith('guard'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));

const settingsOf = (language: 'zh' | 'en') =>
  ({ language, timezone: 'Asia/Shanghai', say: (zh, en) => (language === 'zh' ? zh : en) }) as Settings;
const happened = (kind: string, body: object, language: 'zh' | 'en' = 'zh') =>
  whatHappened({ kind, body, personal: null } as unknown as StoredRecord, settingsOf(language));

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

it('a travel that is not learned yet is not given as 0.0 s', () => {
  const body = { device: 'b', toward: 'open', p95Ms: null, firstMs: null, limitMs: 3600, samples: [900, 910, 905] };
  expect(happened('travelLearned', body)).toBe('抬杆时间尚未学完，已量 3 次');
  expect(happened('travelLearned', body, 'en')).toBe('opening is still being learned, 3 travels measured');
});

it('a press that was refused says so, and why', () => {
  const refused = { what: 'close', via: 'button', refused: 'noCloseBySoftware' };
  expect(happened('pressed', refused)).toBe(
    '按下 关闸 (岗亭按钮)，未执行：本车道软件不落杆（没有防砸输入，或接的是步进输入）',
  );
  expect(happened('pressed', { ...refused, refused: 'emergency' }, 'en')).toBe(
    'pressed: close (button), refused: the lane is in an emergency',
  );
  expect(happened('pressed', { ...refused, refused: null })).toBe('按下 关闸 (岗亭按钮)');
  expect(happened('pressed', { what: 'rex' }, 'en')).toBe('pressed: request to exit');
});

describe('what a boom or lock was ordered to do', () => {
  const lanes = under('src/core/lane').concat(under('src/core/emergency')).join('\n');
  const union =
    /readonly why: ((?:'\w+'(?: \| )?)+);\s+readonly cause: RecordRef;\s+\/\*\* settling/.exec(lanes)?.[1] ?? '';
  const wishes = [...union.matchAll(/'(\w+)'/g)];
  const orders = [
    ...lanes.matchAll(/\bsendUp\(t, '(\w+)'/g),
    ...lanes.matchAll(/\b(?:open|stopBoom)\(t, [^()]*?'(\w+)'(?:, \{|\))/g),
    ...lanes.matchAll(/\border\(t, [^()]*?why: '(\w+)'/g),
    ...lanes.matchAll(/seen\.level|why === 'occupied' \? '(\w+)' : '(\w+)'/g),
  ];
  const whys = new Set([...wishes, ...orders].flatMap((found) => found.slice(1).filter((why) => why !== undefined)));

  it('is told with a reason in words, in both languages', () => {
    for (const known of ['behindVehicle', 'reopenAgain', 'relock', 'held', 'obstructionUnknown'])
      expect(whys).toContain(known);
    const said = (why: string, language: 'zh' | 'en') =>
      happened('commanded', { action: 'pulseOpen', why, device: 'b' }, language);
    expect([...whys].filter((why) => said(why, 'zh').includes(why) || said(why, 'en').includes(`for ${why} `))).toEqual(
      [],
    );
  });
});

it('a passage says in words why it ended as it did', () => {
  const written = [
    ...under('src/core')
      .join('\n')
      .matchAll(/endGrant\([^;]*?why: '(\w+)'/g),
  ].map(([, why = '']) => why);
  expect(written).toContain('overtaken');
  for (const why of written) {
    const body = { outcome: 'notTaken', basis: 'measured', why };
    expect(happened('passage', body)).not.toContain(why);
    expect(happened('passage', body, 'en')).not.toContain(` ${why}`);
  }
});

describe('plain notes of the journal in Chinese', () => {
  it.each([
    ['announced', { what: 'close', why: 'notTaken', afterMs: 3000 }, '预告 动作=落杆  原因=未通过  毫秒之后=3000'],
    ['stopping', { why: 'SIGTERM' }, '网关停止 原因=收到停止信号（SIGTERM）'],
    [
      'faultAcknowledged',
      { code: 'x', via: 'cli', refused: 'endsByItself' },
      '故障由人确认 代码=x  途径=命令行  拒绝原因=原因消除后自行解除',
    ],
    ['closeDecided', { why: 'foundOpen' }, '决定落杆 原因=发现开启'],
  ] as const)('%s', (kind, body, text) => {
    expect(happened(kind, body)).toBe(text);
  });
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
    ['the camera names no picture', '摄像机没有给出图片地址'],
    ['bytes outside any frame', '帧外的字节'],
    ['lost: unreachable: socket hang up', '连接中断：设备不可达：对方中断了连接'],
    [
      'lost: unreachable: connect ECONNREFUSED 10.0.0.7:80',
      '连接中断：设备不可达：对方拒绝连接（connect ECONNREFUSED 10.0.0.7:80）',
    ],
    ['no plate field in it (12 bytes, sha256 0a1b)', '其中没有车牌字段（12 字节，sha256 0a1b）'],
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

  it('of a configuration that does not run as written are Chinese, names and states too', () => {
    const detail = {
      ...{
        state: 'off',
        since: null,
        where: 'gate.yaml:3:1',
        code: 'E-KEY',
        message: { zh: '未知的键', en: 'unknown' },
      },
      ...{ more: 2, sections: 'camera.x=off, lane.y=lastKnownGood', effect: { zh: '不运行：x', en: 'off: x' } },
    };
    expect(detailText(detail, settingsOf('zh'))).toBe(
      '状态=不运行  位置=gate.yaml:3:1  代码=E-KEY  说明=未知的键  另有错误=2  涉及=camera.x 不运行, lane.y 沿用上次有效配置  影响=不运行：x',
    );
    expect(detailText({ waiting: 12, clockTrusted: false }, settingsOf('zh'))).toBe('等待条数=12  时钟可信=否');
  });

  it('have a Chinese name for each field that the code writes', () => {
    const raising = /(?:\braise\w*|\bfault|#fault|#raise|\.tell)\([^{};=$]*?\{([^{}]*)\}/g;
    const noting =
      /laneRecord\(t, '(?:announced|closeDecided|answerRefused|contactFoundOn|reversed)', \{[^{}]*body: \{([^{}]*)\}/g;
    const fields = [...under('src/core'), ...under('src/runtime')].flatMap((source) =>
      [raising, noting].flatMap((call) =>
        [...source.matchAll(call)].flatMap(([, body = '']) =>
          [...body.matchAll(/(?:^|,)\s*(?!true\b)(\w+)\s*(?=[:,]|$)/g)].map(([, name = '']) => name),
        ),
      ),
    );
    const written = new Set(fields);
    for (const known of ['waiting', 'afterMs', 'why', 'withinMs']) expect(written).toContain(known);
    expect([...written].filter((name) => !Object.hasOwn(fieldNames, name))).toEqual([]);
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
