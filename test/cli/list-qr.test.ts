/** QR texts on the list, as a technician writes, finds, tries and exports them; no gateway runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { killStarted } from '../house/running.ts';
import { at, gatehouse, makeSite, siteYaml } from './site.ts';

vi.setConfig({ testTimeout: 60_000 });

const site = makeSite();
const call = (args: readonly string[]) => gatehouse([...args, ...at(site)]);
const text = '访客 7栋, "301"';
/** From Python: hashlib.sha256(text.encode()).hexdigest()[:32] */
const fingerprint = 'b53acb0be49bdc67be2b37ad3b57ce4f';
const csv = `卡号,姓名,类别\n"qr:${text.replaceAll('"', '""')}",张三,visitor\nqr: pass-7,李四,visitor\nqr:12345678,王五,visitor\n`;

beforeAll(async () => {
  site.write(
    'config/site.yaml',
    siteYaml({ bus: 9, receiver: 8099 })
      .replace(
        'devices:\n',
        '  scan: { type: tcp, host: 127.0.0.1, port: 10 }\ndevices:\n  scanner: { driver: reader-serial, line: scan, profile: qr-line }\n',
      )
      .replace('    cameras: [east-in-camera]\n', '    cameras: [east-in-camera]\n    readers: [scanner]\n'),
  );
  const done = await call(['list', 'import', site.write('list.csv', csv), '--yes', '--json']);
  expect(done.code, done.out).toBe(0);
  expect(JSON.parse(done.out)).toMatchObject({
    result: 'adopted',
    rows: 3,
    warningCount: 2,
    warnings: [
      { line: 3, column: '卡号', code: 'qrBlanks', value: 'qr: pass-7' },
      { line: 4, column: '卡号', code: 'qrDigits', value: 'qr:12345678' },
    ],
  });
}, 60_000);

afterAll(() => {
  killStarted();
  site.remove();
});

const keysFound = async (asked: string): Promise<readonly string[]> => {
  const { out } = await call(['list', 'find', asked, '--json', '--personal']);
  return JSON.parse(out).rows.map((row: { key: string }) => row.key);
};

describe('a QR text on the list', () => {
  it('is found again by the text, by its fingerprint, and by nothing else', async () => {
    expect(await keysFound(`qr:${text}`)).toEqual([`card:128:${fingerprint}`]);
    expect(await keysFound(`0x${fingerprint.toUpperCase()}`)).toEqual([`card:128:${fingerprint}`]);
    expect(await keysFound('qr: pass-7')).toHaveLength(1);
    expect(await keysFound('qr:pass-7')).toEqual([]);
    expect(await keysFound(text)).toEqual([]);
  });

  it.each([
    [`qr:${text}`, 'permitted'],
    ['qr:another', 'unknownCredential'],
    // Digits as a text are not the card number that they write.
    ['qr:12345678', 'permitted'],
    ['12345678', 'unknownCredential'],
  ])('%s would be %s', async (card, reason) => {
    const { out, err } = await call(['simulate', 'card', card, '--lane', 'east-in', '--json']);
    expect(JSON.parse(out).decision?.decision.code, out + err).toBe(reason);
  });

  it('leaves the machine as a fingerprint only, and comes back as the same right', async () => {
    const file = join(site.folder, 'export.csv');
    expect((await call(['list', 'export', file])).code).toBe(0);
    const exported = readFileSync(file, 'utf8');
    expect(exported).toContain(`0x${fingerprint.toUpperCase()},`);
    expect(exported).not.toContain('qr:');
    expect(exported).not.toContain('pass-7');
    const again = await call(['list', 'import', file, '--dry-run', '--json']);
    expect(JSON.parse(again.out)).toMatchObject({
      result: 'dryRun',
      warnings: [],
      difference: { added: 0, removed: 0, changed: 0, same: 3 },
    });
  });

  it.each([
    ['en', 'line 3, column 卡号: "qr: pass-7" the text begins or ends with a blank', 'no text stands behind qr:'],
    ['zh', '第 3 行，卡号 列: "qr: pass-7" 文字首尾有空白', 'qr: 后面没有文字'],
  ])('is warned of, or refused, in %s', async (lang, warning, refusal) => {
    const file = site.write('list.csv', csv);
    const dry = await call(['list', 'import', file, '--dry-run', '--lang', lang]);
    expect(dry.code).toBe(0);
    expect(dry.out).toContain(`! ${warning}`);
    const bad = await call(['list', 'import', site.write('bad.csv', '卡号\nqr:\n'), '--yes', '--lang', lang]);
    expect(bad.code).toBe(1);
    expect(bad.out).toContain(refusal);
    const found = await call(['list', 'find', 'qr:', '--lang', lang]);
    expect(found.code).toBe(64);
    expect(found.err).toContain(refusal);
  });

  it.each([['list import'], ['list find'], ['simulate card']])(
    'stands in the help of %s, in both languages',
    async (command) => {
      const { out } = await gatehouse([...command.split(' '), '--help']);
      expect(out).toContain('qr:<text>');
      expect(out).toContain('qr:<文字>');
    },
  );
});
