/** `gatehouse learn` beside a running gateway whose reader is a converter on a real socket; and cards in every notation. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServedReader, serveReader } from '../../src/runtime/demo/reader.ts';
import type { TwinCard } from '../../drivers/reader-serial/twin.ts';
import type { JournalRecord } from '../../src/core/io.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { followRecords } from '../../src/runtime/control-client.ts';
import { killStarted, type Running, until } from '../house/running.ts';
import { freePort } from '../house/free-port.ts';
import {
  at,
  gatehouse,
  type Hardware,
  makeSite,
  serveHardware,
  type Site,
  siteYaml,
  start,
  untilStatus,
} from './site.ts';

vi.setConfig({ testTimeout: 120_000 });

/** The card 213,02000 as ten digits would say it, and as its bytes reversed would. */
const card = { bits: 32, value: 'd507d0' };
const reversedDecimal = '3490174208';
/** Another for each test, since one that is held on is one read: 123,04567, reversed, and 212,07041. */
const secondCard = { bits: 32, value: '7b11d7' };
const secondReversed = String(0xd7117b00);
const thirdCard = { bits: 32, value: 'd41b81' };
const newCard = { bits: 32, value: 'd61b81' };
const bothCards = [
  { bits: 32, value: 'd71b81' },
  { bits: 32, value: 'd81b81' },
] as const;

let hardware: Hardware;
let reader: ServedReader;
let site: Site;
let daemon: Running;

const call = (args: readonly string[]) => gatehouse([...args, ...at(site)]);
const importList = async (csv: string): Promise<void> => {
  const done = await call(['list', 'import', site.write('list.csv', csv), '--yes', '--force']);
  expect(done.code, done.out).toBe(0);
};
/** Shows the card once the command listens, and waits until it has told of it. */
const learning = async (args: readonly string[], show: TwinCard): Promise<Running> => {
  const running = start(['learn', 'east-reader', ...args, ...at(site)]);
  await until('learn listens', () => running.err.some((line) => /show a card|请刷卡/.test(line)), 60_000);
  reader.showFor(show);
  await until('the card is told', () => running.out.some((line) => line !== ''), 60_000);
  return running;
};
const ended = async (running: Running): Promise<{ readonly code: number | null; readonly out: string }> => {
  running.child.kill('SIGINT');
  return { code: (await running.ended).code, out: running.out.join('\n') };
};

beforeAll(async () => {
  hardware = await serveHardware();
  reader = await serveReader(systemClock(), 'east-in');
  const ports = { bus: hardware.port, receiver: await freePort() };
  site = makeSite(ports);
  site.write(
    'config/site.yaml',
    siteYaml(ports)
      .replace(
        'devices:\n',
        `  card-line: { type: tcp, host: 127.0.0.1, port: ${reader.port} }\ndevices:\n  east-reader: { driver: reader-serial, line: card-line, profile: s4a-ethernet }\n`,
      )
      .replace('    cameras: [east-in-camera]\n', '    cameras: [east-in-camera]\n    readers: [east-reader]\n'),
  );
  await importList('卡号,姓名,类别\n"213,02000",张三,resident\n');
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await untilStatus('the reader is up', site, (status) => {
    const lines = status.lines as readonly { readonly id: string; readonly up: boolean }[];
    return status.journal.broken === null && lines.some((line) => line.id === 'card-line' && line.up);
  });
}, 60_000);

afterAll(async () => {
  daemon?.child.kill('SIGTERM');
  await daemon?.ended;
  killStarted();
  reader?.close();
  await hardware?.stop();
  site?.remove();
});

describe('learn', () => {
  it('shows every reading of a card, and says of one that is listed where, with no line for another', async () => {
    const { code, out } = await ended(await learning([], card));
    expect(code).toBe(0);
    expect(out).toMatch(/W32 +32 +as sent +– +00D507D0 +0013961168 +213,02000 +213\/2000 +✓ resident \(line 2\)/);
    expect(out).toMatch(new RegExp(`W32 +32 +reversed +– +D007D500 +${reversedDecimal}`));
    expect(out).not.toContain('张三');
    expect(out).not.toContain('another number');
    expect(out).toContain('already listed as resident (line 2)');
    expect(out).not.toContain('0x00D507D0');
  });

  it('prints a header and a line that import to a new card, alone and below an export', async () => {
    const { out } = await ended(await learning([], newCard));
    const [header = '', line = ''] = out.split('\n').slice(-2);
    const exported = await call(['list', 'export']);
    expect(`\ufeff${header}`).toBe(exported.out.split('\n')[0]?.trimEnd());
    await importList(`${exported.out.trimEnd()}\n${line}\n`);
    const dry = async (number: string) => (await call(['simulate', 'card', number, '--lane', 'east-in', '--json'])).out;
    for (const number of ['0013961168', '0x00D61B81']) expect(await dry(number)).toContain('"permitted"');
    await importList(`${header}\n${line}\n`);
    expect(await dry('0x00D61B81')).toContain('"permitted"');
    expect(await dry('0013961168')).toContain('"unknownCredential"');
  });

  it.each([
    ['en', 'already listed as resident (line 2, plate + card): change it there', bothCards[0]],
    ['zh', '已在名单：resident (行 2，车牌 + 卡)。要改就改那一行', bothCards[1]],
  ] as const)(
    'says of the card of a permit for plate + card that it is listed so, in %s',
    async (lang, told, shown) => {
      const number = String(Number.parseInt(shown.value, 16)).padStart(10, '0');
      await importList(`车牌,卡号,双重\n京A12345,${number},是\n`);
      const { out } = await ended(await learning(['--lang', lang], shown));
      expect(out).toContain(told);
      expect(out).not.toContain('0x');
      expect(out).not.toContain('京A12345');
    },
  );

  it('takes a plate and a card together in a dry run beside the running gateway', async () => {
    await importList('车牌,卡号,双重\n京A12345,0013961168,是\n');
    const dry = async (...more: readonly string[]) =>
      (await call(['simulate', 'plate', '京A12345', '--lane', 'east-in', '--json', ...more])).out;
    expect(await dry()).toContain('"awaitingSecondFactor"');
    expect(JSON.parse(await dry('--card', '0013961168'))).toMatchObject({
      ...{ gateway: 'running', card: { bits: 32, from: 'reader', reader: 'east-reader' } },
      decision: { decision: { code: 'permitted' } },
    });
  });

  it('says where the list has the card by another number only, and which key of the reader gives that one', async () => {
    await importList(`卡号\n${secondReversed}\n`);
    const { out } = await ended(await learning([], secondCard));
    expect(out).toContain('! the list has this card by another number (W32, reversed)');
    expect(out).toContain('set byteOrder: reversed at east-reader in the configuration');
  });

  it('gives programs one JSON object a card', async () => {
    const { out } = await ended(await learning(['--json'], thirdCard));
    const told = JSON.parse(out.split('\n').find((line) => line.startsWith('{')) ?? '');
    expect(told).toMatchObject({ reader: 'east-reader', bits: 32, value: 'd41b81', format: 'decimal', again: false });
    expect(told.readings.map((one: { decimal: string }) => one.decimal)).toContain(String(0x811bd400));
    expect(told.csv.line.split(',').filter((cell: string) => cell !== '')).toEqual(['0x00D41B81', 'resident']);
  });

  it('gives programs that hear nothing a JSON object that says so', async () => {
    // On a busy machine the card of the test before may still be sent.
    let heard = await call(['learn', 'east-reader', '--seconds', '1', '--json']);
    for (let again = 0; again < 10 && !heard.out.includes('nothing was received'); again += 1)
      heard = await call(['learn', 'east-reader', '--seconds', '1', '--json']);
    const { code, out } = heard;
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      error: {
        code: 'error',
        zh: expect.stringContaining('没有收到数据'),
        en: expect.stringContaining('nothing was received'),
      },
    });
  });

  it('names the readers there are, and ends with 1 when no card came, saying what was received', async () => {
    const wrong = await call(['learn', 'est-reader']);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('there are: east-reader');
    const none = await call(['learn', 'east-reader', '--seconds', '1']);
    expect(none.code).toBe(1);
    expect(none.err).toContain('nothing was received');
  });
});

describe('a card in the list', () => {
  const notations = [
    ['213,02000', 'D507D0'],
    ['21302000', '213,02000'],
    ['0013961168', '213/2000'],
    ['D507D0', '21302000'],
    ['0xD507D0', '0013961168'],
    ['W26:213/2000', 'd5:07:d0'],
    ['00D507D0', 'W26:213/2000'],
    ['D5 07 D0', '0xd507d0'],
  ] as const;

  it.each(notations)('written %s is found as %s, and the reader’s number opens', async (written, asked) => {
    await importList(`卡号,姓名\n"${written}",李四\n`);
    const found = await call(['list', 'find', asked]);
    expect(found.code, found.out).toBe(0);
    expect(found.out).toContain('李四');
    const dry = await call(['simulate', 'card', '0013961168', '--lane', 'east-in', '--json']);
    expect(dry.out).toContain('"permitted"');
  });

  it('that Excel has turned into 1.3961168E7 is refused, whole', async () => {
    const done = await call(['list', 'import', site.write('list.csv', '卡号\n1.3961168E+7\n'), '--yes', '--force']);
    expect(done.code).toBe(1);
    expect(done.out).toContain('badCard');
  });
});

describe('permits for plate + card', () => {
  const both = (lanes: string) => `车牌,卡号,类别,双重,车道\n京A12345,0013961168,resident,是,${lanes}\n`;

  it('are warned of at an import and by check where a lane has no reader for them', async () => {
    const noReader = makeSite({ bus: 9, receiver: 8099 });
    try {
      const file = noReader.write('list.csv', both(''));
      const imported = await gatehouse(['list', 'import', file, '--yes', ...at(noReader)]);
      expect(imported.code).toBe(0);
      expect(imported.out).toContain(
        '! lane east-in (in) has no reader, and the list asks for plate + card (resident 2)',
      );
      const checked = await gatehouse(['check', ...at(noReader), '--lang', 'zh']);
      expect(checked.code).toBe(2);
      expect(checked.out).toContain('车道 east-in（进）没有读卡器，而名单要求车牌加卡（住户 2）');
      const json = JSON.parse((await gatehouse(['check', '--json', ...at(noReader)])).out);
      expect(json.halvesMissing).toEqual([
        { lane: 'east-in', direction: 'in', lacks: 'reader', categories: { resident: 2 } },
      ]);
    } finally {
      noReader.remove();
    }
  });

  it('are no finding where the lane has both', async () => {
    await importList(both('east-in'));
    expect((await call(['check'])).out).not.toContain('plate + card');
  });
});

describe('five cards that the list does not know', () => {
  it('alarm on the lane and at the reader until a named person has looked', async () => {
    const read: unknown[] = [];
    const over = new AbortController();
    await new Promise<void>((ready, failed) => {
      const take = (record: JournalRecord): void => {
        if (record.kind === 'cardRead') read.push(record.personal?.card);
      };
      followRecords(site.state, take, over.signal, ready).catch(failed);
    });
    for (let at = 0; at < 5; at += 1) {
      const value = (0xabc000 + at).toString(16);
      reader.showFor({ bits: 32, value });
      await until(`the card ${value} is read`, () => read.includes(value));
    }
    over.abort();
    const subjects = (faults: readonly { readonly code: string; readonly subject: string }[]) =>
      faults.filter(({ code }) => code === 'failedTries').map(({ subject }) => subject);
    await untilStatus('both alarm', site, ({ faults }) => subjects(faults).length === 2);
    const told = await call(['faults', '--lang', 'zh']);
    expect(told.out).toContain('连续五次凭证被拒');
    const done = await call(['acknowledge', 'east-in', 'failedTries', '--by', '王工', '--reason', '已查看']);
    expect(done.code, done.out).toBe(0);
    expect(done.out).toContain('counting begins anew');
    await untilStatus('neither alarms', site, ({ faults }) => subjects(faults).length === 0);
  });
});

describe('a reader whose line is gone', () => {
  it('is a standing fault of its lane, which is what a lane’s fallback for plate + card goes by', async () => {
    reader.close();
    const status = await untilStatus('the reader is silent', site, ({ lanes }) =>
      lanes.some((lane) =>
        lane.faults.some((fault) => fault.code === 'deviceSilent' && fault.subject === 'east-reader'),
      ),
    );
    expect(status.lanes[0]?.position).toBe('closed');
    const shown = await call(['watch', '--once']);
    expect(shown.out).toMatch(/! east-reader deviceSilent/);
    expect(shown.out).toMatch(/card-line +! down/);
  });
});
