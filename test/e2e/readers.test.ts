import { closeSync, constants, openSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { ptyPair, type PtyPair } from '../field/peers.ts';
import { Daemon, gatehouse } from './daemon.ts';
import { type GatePeer, tcpPeer } from './gate-peer.ts';
import { Stage, until } from './harness.ts';
import { barrier, makeSite, type Site, tcpLine } from './site.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const stage = new Stage();
let site: Site;
let peer: GatePeer;
let daemon: Daemon;
let pty: PtyPair;
const sockets: Socket[] = [];

// What RDM6300 sends of the tag that is printed 3808980205 (samples/rfid-serial-frames.json), and the same with a wrong sum.
const tag = '\u000262E3086CED08\u0003';
/** Printed 0012964329. */
const otherTag = '\u00024500C5D1E9B8\u0003';
const wrongTag = '\u000262E3086CED09\u0003';
/** On no list. */
const strangersTag = '\u00020100AB12CD75\u0003';
const cardsText = ['卡号,类别', '3808980205,resident', '0012964329,resident', '"213,02000",resident', ''].join('\r\n');

/** Openings that the board saw. */
const openings = (unit: number): number =>
  peer.writes(unit).filter(({ fc, address }) => fc === 5 && address === 0x0200).length;

function hold(text: string): void {
  const fd = openSync(pty.theirs, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    writeSync(fd, Buffer.from(text, 'latin1'));
  } finally {
    closeSync(fd);
  }
}

/** What has waited in a port that was just opened is late and opens nothing; from the first live reading on a card counts. */
async function hearsLive(): Promise<void> {
  await until(
    'a reading is live',
    async () => {
      hold(strangersTag);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return cardReads().some(({ recordedOnly }) => recordedOnly === null);
    },
    30_000,
  );
}

type CardReadBody = { readonly bits?: number; readonly recordedOnly?: string | null };
function cardReads(): CardReadBody[] {
  const reader = openJournalReader(site.state);
  try {
    return reader.tail(1000, { kind: 'cardRead' }).map(({ body }) => body as CardReadBody);
  } finally {
    reader.close();
  }
}

async function silent(device: string, is: boolean): Promise<void> {
  await daemon.when(
    `${device} is ${is ? 'silent' : 'back'}`,
    (status) => status.faults.some(({ code, subject }) => code === 'deviceSilent' && subject === device) === is,
    60_000,
  );
}

beforeAll(async () => {
  pty = await ptyPair();
  stage.onEnd(() => pty.remove());
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setNoDelay(true);
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const converterPort = typeof address === 'object' && address !== null ? address.port : 0;
  stage.onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  peer = await tcpPeer(stage, [1, 2], 'raw');
  for (const unit of [1, 2]) peer.tell('boom', unit, 200, 300);
  await peer.settled();
  const inputs = 'openLimit: 1, closedLimit: 2';
  site = await makeSite(stage, () => ({
    receiver: false,
    lines: [
      tcpLine('bus', peer.port),
      `tag-port: { type: serial, port: ${pty.ours} }`,
      `card-lan: { type: tcp, host: 127.0.0.1, port: ${converterPort} }`,
    ],
    devices: [
      ...[1, 2].map((unit) => barrier({ id: `boom${unit}`, line: 'bus', unit, profile: 'waveshare-8', inputs })),
      'tags: { driver: reader-serial, line: tag-port, profile: em4100, bits: 32 }',
      'cards: { driver: reader-serial, line: card-lan, profile: s4a-ethernet, releaseAfter: 300ms }',
    ],
    lanes: [
      'east: { name: 东门, direction: in, barrier: boom1, readers: [tags], commissioned: true }',
      'west: { name: 西门, direction: in, barrier: boom2, readers: [cards], commissioned: true }',
    ],
  }));
  const csv = join(site.dir, 'cards.csv');
  writeFileSync(csv, cardsText);
  const args = ['list', 'import', csv, '--yes', '--force', '--config', site.config, '--state', site.state];
  const imported = await gatehouse(stage, args);
  expect(imported.code, imported.err).toBe(0);
  daemon = new Daemon(stage, { config: site.config, state: site.state });
  daemon.wantsReceiver = false;
  await daemon.ready();
});
afterAll(() => stage.end());

describe('a reader at the gate', () => {
  it('on a serial port opens for a listed tag once, however long it is held, and not for a wrong frame', async () => {
    await hearsLive();
    const before = cardReads().length;
    expect(openings(1)).toBe(0);
    for (let held = 0; held < 3; held += 1) hold(wrongTag);
    hold(tag.repeat(20));
    await until('the boom of the east is opened', () => openings(1) > 0);
    await daemon.when('its grant is used up or waits', (status) => status.journal.waiting === 0);
    expect(
      cardReads()
        .slice(before)
        .map(({ bits }) => bits),
    ).toEqual([32]);
    expect(openings(1)).toBe(1);
  });

  it('that is pulled is a fault at its lane, opens nothing when it is back, and then reads again', async () => {
    const before = [openings(1), openings(2)];
    await pty.unplug();
    await silent('tags', true);
    const devices = await gatehouse(stage, ['devices', '--json', '--config', site.config, '--state', site.state]);
    const shown = JSON.parse(devices.out) as {
      devices: { id: string; state: string }[];
      lines: { id: string; up: boolean }[];
    };
    expect(shown.devices.find(({ id }) => id === 'tags')).toMatchObject({ state: 'silent' });
    expect(shown.lines.find(({ id }) => id === 'tag-port')).toMatchObject({ up: false });
    const lanes = await gatehouse(stage, ['lanes', '--config', site.config, '--state', site.state]);
    expect(lanes.out).toMatch(/tags\s+deviceSilent/);
    await pty.plug();
    await silent('tags', false);
    expect([openings(1), openings(2)]).toEqual(before);
    // What comes in the first moments may have waited in a converter; the card is held again.
    await until(
      'the boom of the east is opened again',
      async () => {
        hold(otherTag);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return openings(1) > (before[0] ?? 0);
      },
      30_000,
    );
  });

  it('behind a converter opens for the card of the 3+5 number, digit by digit, and no key opens anything', async () => {
    const before = openings(2);
    await until('the converter is connected', () => sockets[0] !== undefined);
    const converter = sockets.at(-1);
    for (const key of '0013961168') {
      converter?.write(key);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(openings(2)).toBe(before);
    await until(
      'the boom of the west is opened',
      async () => {
        for (const digit of '0013961168\r\n') {
          converter?.write(digit);
          await new Promise((resolve) => setTimeout(resolve, 25));
        }
        return openings(2) > before;
      },
      30_000,
    );
  });

  it('that is cut off and let in again opens nothing by it', async () => {
    const before = [openings(1), openings(2)];
    const connections = sockets.length;
    sockets.at(-1)?.destroy();
    await silent('cards', true);
    await until('the converter is connected again', () => sockets.length > connections, 60_000);
    await silent('cards', false);
    expect([openings(1), openings(2)]).toEqual(before);
  });
});
