/** Cards as they are imported, searched and tried without a gateway, for a reader that gives all 40 bits of a tag. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { killStarted } from '../house/running.ts';
import { at, type Done, gatehouse, makeSite, siteYaml } from './site.ts';

vi.setConfig({ testTimeout: 90_000 });

const site = makeSite();
const call = (args: readonly string[]) => gatehouse([...args, ...at(site)]);
const json = async (args: readonly string[]) => JSON.parse((await call([...args, '--json'])).out);
const importing = (csv: string, ...more: readonly string[]): Promise<Done> =>
  call(['list', 'import', site.write('list.csv', csv), '--yes', '--force', ...more]);

beforeAll(() => {
  const devices = [
    '  tag-port: { type: tcp, host: 127.0.0.1, port: 10 }',
    'devices:',
    '  tags: { driver: reader-serial, line: tag-port, profile: em4100 }',
    '',
  ];
  site.write(
    'config/site.yaml',
    siteYaml({ bus: 9, receiver: 8099 })
      .replace('devices:\n', devices.join('\n'))
      .replace(
        '    cameras: [east-in-camera]\n',
        '    cameras: [east-in-camera]\n    readers: [tags]\n    groups: [east]\n',
      ),
  );
});

afterAll(() => {
  killStarted();
  site.remove();
});

describe('a card in the column of plates', () => {
  it.each([
    ['en', 'it belongs into the column 卡号 (card)'],
    ['zh', '请写在 卡号 列'],
  ])('is refused, and the right column named, in %s', async (lang, hint) => {
    const csv =
      '车牌,卡号,颜色,类别\n京A12345,,,resident\n0x00ABCDEF12,,,resident\nqr:pass-7,,,\n"213,02000",,,\nABC123,,,\n';
    const done = await importing(csv, '--dry-run', '--lang', lang);
    expect(done.code).toBe(1);
    const refused = done.out.split('\n').filter((line) => line.includes('[badPlate]'));
    expect(refused.map((line) => /\d+/.exec(line)?.[0])).toEqual(['3', '4', '5']);
    for (const line of refused) expect(line).toContain(hint);
  });
});

describe('a row for a card alone beside its permit for plate + card', () => {
  const both = '车牌,卡号,双重,车道,方向,有效期起,有效期止,启用\n京A12345,0013961168,是,east-in,,,2027-01-31,\n';
  const warnings = async (row: string) =>
    (await json(['list', 'import', site.write('w.csv', `${both}${row}\n`), '--dry-run'])).warnings;

  it.each([
    ['en', 'line 3: "0x00D507D0" this card alone opens, so the plate + card that line 2 asks for is pointless'],
    ['zh', '第 3 行: "0x00D507D0" 单凭这一卡即可放行，第 2 行要求的车牌加卡因此落空'],
  ])('is warned of by a dry run and by the import, in %s', async (lang, told) => {
    for (const how of [['--dry-run'], []]) {
      const done = await importing(`${both},0x00D507D0,,,,,,\n`, '--lang', lang, ...how);
      expect(done.code, done.out).toBe(0);
      expect(done.out).toContain(`! ${told}`);
      expect(done.out).toContain('[W-BOTH-POINTLESS]');
    }
  });

  it.each([
    ['the card in another notation', ',"213,02000",,,,,,'],
    ['the card in the lane’s group', ',0013961168,,east,,,,'],
    ['the plate', '京A12345,,,,,,,'],
  ])('is warned of where it is %s', async (_, row) => {
    expect(await warnings(row)).toMatchObject([{ line: 3, code: 'W-BOTH-POINTLESS' }]);
  });

  it.each([
    ['another card', ',0013961169,,,,,,'],
    ['of another time', ',0013961168,,,,2027-02-01,,'],
    ['not in force', ',0013961168,,,,,,否'],
    ['as strict', '京A12346,0013961168,是,,,,,'],
  ])('is not warned of where it is %s', async (_, row) => {
    expect(await warnings(row)).toEqual([]);
  });

  const joined = '车牌,卡号,双重,许可,启用\n';
  const warnedOf = async (...lines: readonly string[]) =>
    (await json(['list', 'import', site.write('j.csv', `${joined}${lines.join('\n')}\n`), '--dry-run'])).warnings;

  it.each([
    ['the card', ['京A12345,,是,p1,', ',0013961168,,p1,'], 3],
    ['the plate', ['京A12345,,,p1,', ',0013961168,是,p1,'], 2],
    ['a further plate', ['京A12345,0013961168,是,p1,', '京A12346,,,p1,'], 3],
    ['a second card', ['京A12345,0013961168,是,p1,', ',0013961169,,p1,'], 3],
  ])('is warned of, once, where it is %s of the same permit', async (_, lines, line) => {
    expect(await warnedOf(...lines)).toMatchObject([{ line, code: 'W-BOTH-POINTLESS' }]);
  });

  it.each([
    ['another permit', ['京A12345,0013961168,是,p1,', ',0013961169,,p2,']],
    ['the same permit, and marked too', ['京A12345,,是,p1,', ',0013961168,是,p1,']],
    ['the same permit, and not in force', ['京A12345,0013961168,是,p1,', ',0013961169,,p1,否']],
    ['the same permit, but of the same kind', ['京A12345,,是,p1,', '京A12346,,,p1,']],
  ])('is not warned of where it is of %s', async (_, lines) => {
    expect(await warnedOf(...lines)).toEqual([]);
  });

  it.each([
    ['en', 'line 3: "0013961168" this card alone opens, so the plate + card that line 2 of the same permit asks for'],
    ['zh', '第 3 行: "0013961168" 单凭这一卡即可放行，同一许可的第 2 行要求的车牌加卡因此落空'],
  ])('says what to write where only one of two lines of a permit is marked, in %s', async (lang, told) => {
    const done = await importing(`${joined}京A12345,,是,p1,\n,0013961168,,p1,\n`, '--lang', lang, '--dry-run');
    expect(done.code, done.out).toBe(0);
    expect(done.out).toContain(told);
  });

  it('is not warned of where it is of another way', async () => {
    const out = both.replace(',east-in,,', ',east-in,in,');
    const file = site.write('w.csv', `${out},0013961168,,,out,,,\n`);
    expect((await json(['list', 'import', file, '--dry-run'])).warnings).toEqual([]);
  });
});

describe('a search for a card', () => {
  beforeAll(async () => {
    const csv = '卡号,姓名\n62E3086CED,张三\n"221,32562",李四\n0x00ABCDEF12,王五\n3808980205,赵六\n';
    expect((await importing(csv)).code).toBe(0);
  });
  const found = async (text: string): Promise<readonly string[]> =>
    (await json(['list', 'find', text, '--personal'])).rows.map(
      ({ key, matched }: { key: string; matched: { taken: string; byteOrder: string; of: string } | null }) =>
        `${key} ${matched === null ? 'by its text' : `${matched.taken} ${matched.byteOrder} ${matched.of}`}`,
    );

  it.each([
    ['3808980205', ['card:32:e3086ced whole asSent listed', 'card:40:62e3086ced low32 asSent listed']],
    ['008,27885', ['card:32:e3086ced low24 asSent listed', 'card:40:62e3086ced low24 asSent listed']],
    ['62E3086CED', ['card:40:62e3086ced whole asSent listed', 'card:32:e3086ced low32 asSent asked']],
    ['ED6C08E362', ['card:40:62e3086ced whole reversed listed', 'card:32:e3086ced low32 reversed asked']],
    ['327FDD00', ['card:24:dd7f32 whole reversed listed']],
    ['847240448', ['card:24:dd7f32 whole reversed listed']],
    ['card:32:e3086ced', ['card:32:e3086ced whole asSent listed', 'card:40:62e3086ced low32 asSent listed']],
  ])('by %s finds every row, the same number first, and says by what', async (text, rows) => {
    expect(await found(text)).toEqual(rows);
  });

  it.each([
    ['en', /card:40:62e3086ced +low 32 bits = 3808980205 /, 'a lane opens for the whole number'],
    ['zh', /card:40:62e3086ced +低 32 位 = 3808980205 /, '车道只认完整的号码'],
  ])('shows the notation, and that it does not open, in %s', async (lang, row, warning) => {
    const { out } = await call(['list', 'find', '3808980205', '--lang', lang]);
    expect(out).toMatch(row);
    expect(out).toContain(warning);
    expect((await call(['list', 'find', '李四', '--lang', lang])).out).not.toContain(warning);
  });

  it('that finds nothing points to learn; one for a plate does not', async () => {
    expect((await call(['list', 'find', '0000000077'])).out).toContain('"gatehouse learn <reader>"');
    expect((await call(['list', 'find', '0000000077', '--lang', 'zh'])).out).toContain('gatehouse learn <读卡器>');
    expect((await call(['list', 'find', '琼Z99999'])).out).not.toContain('learn');
  });

  it('says how many rows the limit has left out, and nothing where it has left out none', async () => {
    expect(await json(['list', 'find', 'card:', '--limit', '3'])).toMatchObject({ total: 4, rows: { length: 3 } });
    expect((await call(['list', 'find', 'card:', '--limit', '3'])).out).toContain('3 of 4 rows are shown');
    expect((await call(['list', 'find', 'card:', '--limit', '3', '--lang', 'zh'])).out).toContain(
      '共 4 行，只显示 3 行',
    );
    expect((await call(['list', 'find', 'card:', '--limit', '4'])).out).not.toContain('rows are shown');
  });
});

describe('a dry run with a card', () => {
  beforeAll(async () => {
    expect((await importing('卡号,姓名\n3301036521,张三\n62E3086CED,李四\n')).code).toBe(0);
  });
  const tried = async (...args: readonly string[]) => {
    const { card, decision } = await json(['simulate', ...args, '--lane', 'east-in']);
    return { ...card, code: decision?.decision.code };
  };
  const reader = { reader: 'tags', readerBits: 40 };

  it('judges it by as many bits as the reader of the lane gives', async () => {
    expect(await tried('card', '62E3086CED')).toEqual({
      ...{ bits: 40, from: 'reader', writtenBits: 40, ...reader, code: 'permitted' },
    });
    expect(await tried('card', '3808980205')).toMatchObject({
      bits: 40,
      from: 'reader',
      writtenBits: 32,
      code: 'unknownCredential',
    });
  });

  it.each([
    [['3301036521', '--bits', '32'], { bits: 32, from: 'option', ...reader }],
    [['card:32:c4c22de9'], { bits: 32, from: 'written', ...reader }],
    [['qr:pass'], { bits: 128, from: 'written', ...reader }],
  ])('judges %j by the bits that are told', async (args, card) => {
    expect(await tried('card', ...args)).toMatchObject(card);
  });

  it.each([
    [
      'en',
      'judged by 40 bits (by the settings of the reader tags)',
      'only the low 32 bits are written, the 8 above are taken for 0',
    ],
    ['zh', '按 40 位判定（按读卡器 tags 的设置）', '写出的只有低 32 位，高 8 位当作 0'],
  ])('says by how many, and that bits are missing in what was written, in %s', async (lang, by, missing) => {
    const { out } = await call(['simulate', 'card', '3301036521', '--lane', 'east-in', '--lang', lang]);
    expect(out).toContain(by);
    expect(out).toContain(missing);
    const whole = await call(['simulate', 'card', '62E3086CED', '--lane', 'east-in', '--lang', lang]);
    expect(whole.out).toContain(by);
    expect(whole.out).not.toContain(missing);
  });

  it('says that the reader gives other bits than were asked for', async () => {
    const { out } = await call(['simulate', 'card', '3301036521', '--lane', 'east-in', '--bits', '32']);
    expect(out).toContain('judged by 32 bits (by --bits)');
    expect(out).toContain('the reader tags gives 40 bits');
  });

  it('takes a plate and a card together', async () => {
    expect((await importing('车牌,卡号,双重\n京A12345,62E3086CED,是\n')).code).toBe(0);
    expect((await tried('plate', '京A12345')).code).toBe('awaitingSecondFactor');
    expect((await tried('card', '62E3086CED')).code).toBe('awaitingSecondFactor');
    expect(await tried('plate', '京A12345', '--card', '62E3086CED')).toMatchObject({ bits: 40, code: 'permitted' });
    expect((await tried('plate', '京A12345', '--card', '62E3086CEE')).code).not.toBe('permitted');
    expect((await tried('plate', '京A12346', '--card', '62E3086CED')).code).not.toBe('permitted');
  });

  it('takes them together for a dry run only', async () => {
    const both = ['simulate', 'plate', '京A12345', '--card', '62E3086CED', '--lane', 'east-in', '--actuate', '--yes'];
    const done = await call(both);
    expect(done.code).toBe(64);
    expect(done.err).toContain('--card is for a dry run only');
  });
});
