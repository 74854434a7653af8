/** What no broker at hand says on demand, said by one that answers as it is told to. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, expect, it, vi } from 'vitest';
import { Stage, until } from '../e2e/harness.ts';
import { makeCertificates } from './broker.ts';
import { Journal, settingsFor } from './fixtures.ts';
import { uplinkOver } from './uplink-rig.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

interface Packet {
  readonly kind: number;
  readonly body: Buffer;
}

const [connect, publish, subscribe, ping] = [1, 3, 8, 12];

/** Answers packets of MQTT 5 (§2.1) with bytes in hexadecimal; null = with silence. */
async function brokerSaying(answer: (packet: Packet, socket: Socket) => string | null): Promise<number> {
  const server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let packet = first(rest); packet !== null; packet = first(rest)) {
        rest = rest.subarray(packet.bytes);
        const said = socket.writableEnded ? null : answer(packet, socket);
        if (said !== null) socket.write(Buffer.from(said.replaceAll(' ', ''), 'hex'));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stage.onEnd(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function first(bytes: Buffer): (Packet & { readonly bytes: number }) | null {
  let length = 0;
  for (let at = 1; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * (at - 1));
    if (byte >= 0x80) continue;
    const end = at + 1 + length;
    return bytes.length < end
      ? null
      : { kind: (bytes[0] ?? 0) >> 4, body: Buffer.from(bytes.subarray(at + 1, end)), bytes: end };
  }
  return null;
}

const hex = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');
/** @param properties of CONNACK, in hexadecimal. */
const connack = (properties = ''): string =>
  `20 ${hex(3 + properties.length / 2, 1)} 00 00 ${hex(properties.length / 2, 1)} ${properties}`;
const messageOf = ({ body }: Packet) => {
  const at = 2 + body.readUInt16BE(0);
  const payload = body.subarray(at + 3).toString('utf8');
  return { topic: body.subarray(2, at).toString('utf8'), id: body.readUInt16BE(at), payload };
};
const puback = (packet: Packet, reason = 0): string => `40 03 ${hex(messageOf(packet).id, 2)} ${hex(reason, 1)}`;

/** Everything but messages. */
function usual({ kind, body }: Packet, properties = ''): string | null {
  if (kind === connect) return connack(properties);
  if (kind === subscribe) return `90 04 ${hex(body.readUInt16BE(0), 2)} 00 01`;
  return kind === ping ? 'd0 00' : null;
}

it('no more messages are on their way than the broker allows', async () => {
  const waiting: string[] = [];
  let most = 0;
  const port = await brokerSaying((packet, socket) => {
    if (packet.kind !== publish) return usual(packet, '21 0002'.replace(' ', ''));
    waiting.push(puback(packet));
    most = Math.max(most, waiting.length);
    setImmediate(() => {
      const said = waiting.shift() ?? '';
      socket.write(Buffer.from(said.replaceAll(' ', ''), 'hex'));
    });
    return null;
  });
  const { drained } = uplinkOver(stage, new Journal(60), settingsFor(port));
  await drained();
  expect(most).toBe(2);
});

it('a keepalive that the broker orders is the one that silence is measured by', async () => {
  let connections = 0;
  const port = await brokerSaying((packet) => {
    if (packet.kind === connect) connections += 1;
    return packet.kind === publish ? puback(packet) : usual(packet, '13012c');
  });
  const { drained, uplink } = uplinkOver(stage, new Journal(3), settingsFor(port, { keepaliveMs: 1000 }));
  await drained();
  const connected = performance.now();
  await until('our own keepalive has passed three times', () => performance.now() - connected > 3000);
  expect(connections).toBe(1);
  expect(uplink.status().state).toBe('connected');
});

it('a DISCONNECT for the size of a message is understood at once, and its largest goes without its body', async () => {
  let connections = 0;
  const port = await brokerSaying((packet, socket) => {
    if (packet.kind === connect) connections += 1;
    if (packet.kind !== publish) return usual(packet);
    if (packet.body.length <= 5000) return puback(packet);
    socket.end(Buffer.from('e0029500', 'hex'));
    return null;
  });
  const journal = new Journal(40);
  const original = journal.readFrom.bind(journal);
  journal.readFrom = (seq, limit) =>
    original(seq, limit).map((row) =>
      row.seq % 10 === 0 ? { ...row, body: { text: 'x'.repeat(6000 + row.seq) } } : row,
    );
  const { drained, uplink } = uplinkOver(stage, journal, settingsFor(port));
  await drained();
  // It names no message, so the largest on its way is blamed: one connection for each of the four at the most.
  expect(connections).toBeLessThanOrEqual(5);
  expect(uplink.status().tooLarge).toMatchObject({ limit: null });
});

it('a PUBACK against the form of one record brings that one without its body, and only that one', async () => {
  const reduced = new Set<number>();
  const port = await brokerSaying((packet) => {
    if (packet.kind !== publish) return usual(packet);
    const { topic, payload } = messageOf(packet);
    if (!topic.includes('/event/')) return puback(packet);
    const event = JSON.parse(payload) as { seq: number; reduced: boolean };
    if (event.reduced) reduced.add(event.seq);
    return puback(packet, event.seq === 5 && !event.reduced ? 0x99 : 0);
  });
  const { drained, told } = uplinkOver(stage, new Journal(40), settingsFor(port));
  await drained();
  expect([...reduced]).toEqual([5]);
  expect(told.skipped).toEqual([]);
});

it('by TLS the broker is told by which name it is called, since one address may serve many', async () => {
  const certificates = makeCertificates(stage.folder());
  const names: string[] = [];
  const pem = { cert: readFileSync(certificates.serverCert), key: readFileSync(certificates.serverKey) };
  const server = createTlsServer({
    ...pem,
    SNICallback: (name, done) => {
      names.push(name);
      done(null);
    },
  });
  server.on('tlsClientError', (_error, socket) => void socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stage.onEnd(() => void server.close());
  const { port } = server.address() as AddressInfo;
  uplinkOver(stage, new Journal(1), settingsFor(port, { host: 'localhost', tls: true, caFile: certificates.ca }));
  await until('it has called', () => names.length > 0);
  expect(names[0]).toBe('localhost');
});
