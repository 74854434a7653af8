/** `gatehouse learn` where the reader's settings refuse what it sends: on a real pty and a real socket, beside a running gateway. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { type PtyPair, ptyPair } from '../field/peers.ts';
import { freePort } from '../house/free-port.ts';
import { killStarted, type Running, until } from '../house/running.ts';
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

vi.setConfig({ testTimeout: 90_000 });

/** What RDM6300 sends of the tag that is printed 3808980205 (samples/rfid-serial-frames.json), and the same with one bit turned. */
const tag = Buffer.from('\u000262E3086CED08\u0003', 'latin1');
const turned = Buffer.from('\u000262E3086CDD08\u0003', 'latin1');
/** A Wiegand-Ethernet converter's card (samples/rfid-serial-frames.json). */
const digits = Buffer.from('0012964329\r\n');
const qrText = '访客 7栋 301';
const deadline = 30_000;

let hardware: Hardware;
let site: Site;
let daemon: Running;
let pty: PtyPair;
let server: Server;
let scanner: Socket;
let learning: Running | null = null;

/** The reader's end of the pty. */
function send(...frames: readonly Uint8Array[]): void {
  const fd = openSync(pty.theirs, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    for (const frame of frames) writeSync(fd, frame);
  } catch (error) {
    // A line that babbles faster than anybody reads.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  } finally {
    closeSync(fd);
  }
}

async function learn(reader: string, ...more: readonly string[]): Promise<Running> {
  const running = start(['learn', reader, ...more, ...at(site)]);
  learning = running;
  await until('learn listens', () => running.err.some((line) => /show a card|请刷卡/.test(line)), deadline);
  return running;
}
const shown = (running: Running, what: string) =>
  until(`"${what}" is shown`, () => running.out.some((line) => line.includes(what)), deadline).catch((error) => {
    throw new Error(`${error}: ${[...running.out, ...running.err].join('\n')}`);
  });
const lineOf = (running: Running, what: string): string => running.out.find((line) => line.includes(what)) ?? '';
const ended = async (running: Running) => {
  running.child.kill('SIGINT');
  return { code: (await running.ended).code, out: running.out.join('\n'), err: running.err.join('\n') };
};
function recorded(kind: string, field: string): readonly unknown[] {
  const journal = openJournalReader(site.state);
  try {
    return journal.tail(1000, { kind }).map(({ body }) => (body as Readonly<Record<string, unknown>>)[field]);
  } finally {
    journal.close();
  }
}
const cardsRead = () => recorded('cardRead', 'device');

beforeAll(async () => {
  hardware = await serveHardware();
  pty = await ptyPair();
  const scanners: Socket[] = [];
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setNoDelay(true);
    scanners.push(socket);
  });
  const lan = await freePort();
  await new Promise<void>((resolve) => server.listen(lan, '127.0.0.1', resolve));
  const ports = { bus: hardware.port, receiver: await freePort() };
  site = makeSite(ports);
  site.write(
    'config/site.yaml',
    siteYaml(ports)
      .replace(
        'devices:\n',
        [
          `  tag-port: { type: serial, port: ${pty.ours} }`,
          `  scan-lan: { type: tcp, host: 127.0.0.1, port: ${lan} }`,
          'devices:',
          '  tags: { driver: reader-serial, line: tag-port, profile: em4100, bits: 32 }',
          '  scanner: { driver: reader-serial, line: scan-lan, profile: qr-line }',
          '',
        ].join('\n'),
      )
      .replace('    cameras: [east-in-camera]\n', '    cameras: [east-in-camera]\n    readers: [tags, scanner]\n'),
  );
  // The cards that are refused would open, were one of them taken for read.
  const list = site.write('list.csv', `卡号,姓名\n0012964329,张三\n3808980205,李四\nqr:${qrText},王五\n`);
  const imported = await gatehouse(['list', 'import', list, '--yes', ...at(site)]);
  expect(imported.code, imported.out).toBe(0);
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await untilStatus('the readers are up', site, (status) => {
    const lines = status.lines as readonly { readonly id: string; readonly up: boolean }[];
    return status.journal.broken === null && lines.every((line) => line.up);
  });
  scanner = await until('the scanner is connected', () => scanners.at(-1));
}, 90_000);

afterEach(async () => {
  learning?.child.kill('SIGINT');
  await learning?.ended;
  learning = null;
});

afterAll(async () => {
  daemon?.child.kill('SIGTERM');
  await daemon?.ended;
  killStarted();
  scanner?.destroy();
  server?.close();
  await pty?.remove();
  await hardware?.stop();
  site?.remove();
});

describe('a reader that is set for another one', () => {
  it('has its bytes shown, why they are no card, and the profiles that read them', async () => {
    const running = await learn('tags');
    send(digits);
    await shown(running, 'fits');
    expect(lineOf(running, 'refused')).toBe('refused: bytes outside any frame');
    expect(lineOf(running, '30 30')).toBe('  30 30 31 32 39 36 34 33 32 39 0D 0A  "0012964329.."  12 bytes');
    expect(lineOf(running, 'fits')).toBe(
      '  → fits profile decimal-10 or profile s4a-ethernet: card 0x00C5D1E9, 0012964329, 197,53737',
    );
    const { code, err } = await ended(running);
    expect(code).toBe(1);
    expect(err).toContain('no card was read; readings refused, as told above: 1');
  });

  it('says the same in Chinese', async () => {
    const running = await learn('tags', '--lang', 'zh');
    send(digits);
    await shown(running, '符合');
    expect(lineOf(running, '未认作卡')).toBe('未认作卡：帧外的字节');
    expect(lineOf(running, '符合')).toBe(
      '  → 符合 profile decimal-10 或 profile s4a-ethernet：卡 0x00C5D1E9，0012964329，197,53737',
    );
    expect((await ended(running)).err).toContain('没有读到卡；读卡器送来而未认作卡的数据有 1 次');
  });

  it('has a card that it refuses twice told in a line the second time, and in JSON whole each time', async () => {
    const running = await learn('tags');
    send(digits);
    await shown(running, 'fits');
    send(digits);
    await shown(running, 'again refused: bytes outside any frame');
    expect(running.out.filter((line) => line.includes('fits'))).toHaveLength(1);
    await ended(running);

    const json = await learn('tags', '--json');
    send(digits);
    await shown(json, '"refused"');
    expect(JSON.parse(lineOf(json, '"refused"'))).toEqual({
      reader: 'tags',
      refused: {
        why: [{ code: 'stray', zh: '帧外的字节', en: 'bytes outside any frame' }],
        pieces: [{ at: 0, hex: digits.toString('hex') }],
        ...{ more: 0, withheld: 0, cards: 0 },
        fits: [
          {
            ...{ bits: 32, value: 'c5d1e9', format: 'decimal' },
            by: [
              { set: { profile: 'decimal-10' }, without: [] },
              { set: { profile: 's4a-ethernet' }, without: [] },
            ],
          },
        ],
      },
      leftOut: 0,
    });
  });
});

describe('a frame with one bit turned', () => {
  it('is shown with its reason and no other profile, and the right one after it as a card', async () => {
    const running = await learn('tags');
    send(turned);
    await shown(running, 'its form is that of the profile');
    expect(lineOf(running, 'refused')).toBe('refused: wrong checksum');
    expect(lineOf(running, '02 36')).toBe('  02 36 32 45 33 30 38 36 43 44 44 30 38 03  ".62E3086CDD08."  14 bytes');
    expect(running.out.some((line) => line.includes('fits'))).toBe(false);
    expect(hardware.board.writes).toEqual([]);
    expect(cardsRead()).toEqual([]);
    send(tag);
    await shown(running, '3808980205');
    expect((await ended(running)).code).toBe(0);
  });
});

describe('a line that babbles', () => {
  it('is shown in part, with the count of what is left out', async () => {
    const running = await learn('tags', '--json');
    const noise = Uint8Array.from({ length: 1500 }, (_, at) => 0x80 | (at * 37));
    const told = () => running.out.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const babble = setInterval(() => send(noise), 20);
    const begun = performance.now();
    try {
      await until('bytes are left out', () => told().some(({ refused }) => refused?.more > 0), deadline);
    } finally {
      clearInterval(babble);
    }
    const seconds = (performance.now() - begun) / 1000;
    // Two a second, and a line for what is left out.
    expect(told().length).toBeLessThanOrEqual(3 * (Math.ceil(seconds) + 1));
    for (const { refused } of told()) {
      const kept = (refused?.pieces ?? []).reduce((sum: number, { hex }: { hex: string }) => sum + hex.length / 2, 0);
      expect(kept).toBeLessThanOrEqual(4096);
    }
  });
});

describe('a code at a keypad that the settings do not know', () => {
  it('is counted and never shown', async () => {
    const running = await learn('tags');
    send(Buffer.from('7391#'));
    await shown(running, '5 bytes are not shown');
    const { out } = await ended(running);
    expect(out).not.toMatch(/37 33|7391/);
  });
});

describe('all that was refused', () => {
  it('stands in no record: the one card that was good does', () => {
    expect(cardsRead()).toEqual(['tags']);
  });
});

describe('a QR text of the list', () => {
  it('opens for a scanner that sends it in GBK, and learn names it as the list exports it', async () => {
    const running = await learn('scanner');
    scanner.write(Buffer.concat([iconv.encode(qrText, 'gbk'), Buffer.from('\r\n')]));
    await shown(running, 'already listed as resident (line 4)');
    const exported = await gatehouse(['list', 'export', ...at(site)]);
    const card = /[0-9A-F]{32}/.exec((await ended(running)).out)?.[0] ?? '';
    expect(exported.out).toContain(`0x${card},`);
    expect(card).toHaveLength(32);
    await until('both cards are granted', () => recorded('decision', 'outcome').length === 2, deadline);
    expect(recorded('decision', 'outcome')).toEqual(['granted', 'granted']);
    expect(new Set(cardsRead())).toEqual(new Set(['tags', 'scanner']));
  });
});
