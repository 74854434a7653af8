/**
 * A simulated Hikvision camera, on the byte side: it pushes in the shapes of the captures and serves alertStream behind
 * Digest. Whoever owns sockets carries the bytes; the twin opens none.
 */
import { DigestServer } from '../../src/wire/digest.ts';

export interface TwinConnection {
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface TwinVehicle {
  /** As the camera prints it, a colour character included where the firmware sends one. */
  readonly plate: string;
  readonly color?: string;
  readonly confidence?: string;
  readonly direction?: 'forward' | 'reverse' | 'unknown';
  readonly uuid?: string | undefined;
  /** The camera's own clock, ISO 8601; it may lie. */
  readonly dateTime?: string;
  readonly channel?: number;
  readonly line?: number;
  readonly retransmission?: boolean;
  readonly alarmDataType?: number;
}

/** cn: as captured · std: V5.3 without namespace of Hikvision · nvr: every element prefixed · legacy: `<plateNumber>`. */
export type TwinFirmware = 'cn' | 'std' | 'nvr' | 'legacy';

export interface TwinOptions {
  readonly firmware?: TwinFirmware;
  readonly user: string;
  readonly password: string;
  /** Milliseconds of any rising clock, for the age of nonces. */
  readonly now: () => number;
}

const namespaces: Readonly<Record<TwinFirmware, string>> = {
  cn: 'http://www.isapi.org/ver20/XMLSchema',
  std: 'http://www.std-cgi.com/ver10/XMLSchema',
  nvr: 'http://www.hikvision.com/ver20/XMLSchema',
  legacy: 'http://www.std-cgi.com/ver10/XMLSchema',
};

export function alertXml(vehicle: TwinVehicle, firmware: TwinFirmware = 'cn'): string {
  const p = firmware === 'nvr' ? 'ns1:' : '';
  const tag = (name: string, value: string | number | undefined): string =>
    value === undefined ? '' : `<${p}${name}>${escaped(String(value))}</${p}${name}>\n`;
  const anpr = [
    tag('country', 59),
    tag(firmware === 'legacy' ? 'plateNumber' : 'licensePlate', vehicle.plate),
    tag('line', vehicle.line ?? 1),
    tag('direction', vehicle.direction ?? 'forward'),
    tag('confidenceLevel', vehicle.confidence ?? '97'),
    tag('plateType', '92TypeCivil'),
    tag('plateColor', vehicle.color ?? 'blue'),
    tag('vehicleType', 'vehicle'),
    tag('alarmDataType', vehicle.alarmDataType ?? 0),
  ].join('');
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n',
    `<${p}EventNotificationAlert version="2.0" xmlns${p === '' ? '' : ':ns1'}="${namespaces[firmware]}">\n`,
    tag('channelID', vehicle.channel ?? 1),
    tag('dateTime', vehicle.dateTime ?? '2034-02-05T06:07:08+08:00'),
    tag('eventType', 'ANPR'),
    tag('eventState', 'active'),
    `<${p}ANPR>\n${anpr}</${p}ANPR>\n`,
    tag('UUID', vehicle.uuid),
    vehicle.retransmission === undefined ? '' : tag('isDataRetransmission', String(vehicle.retransmission)),
    tag('picNum', 1),
    `</${p}EventNotificationAlert>\n`,
  ].join('');
}

/** Smallest thing that begins and ends as a JPEG does. */
export const twinPicture: Uint8Array = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0x4a, 0x46, 0xff, 0xd9);

/** Content-Type and body of a push; `nameless` is the old firmware's way with octet-stream and no `name=`. */
export function pushBody(
  xml: string,
  style: 'named' | 'nameless' = 'named',
): { contentType: string; body: Uint8Array } {
  const boundary = '---------------------------8f2b7d0c4a51';
  const text = Buffer.from(xml, 'utf8');
  const disposition = (name: string): string =>
    style === 'named' ? `form-data; name="${name}";filename="${name}"` : `form-data; filename="${name}"`;
  const part = (name: string, type: string, body: Uint8Array): Uint8Array[] => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: ${disposition(name)}\r\nContent-Type: ${type}\r\n`),
    Buffer.from(`Content-Length: ${body.length}\r\n\r\n`),
    body,
    Buffer.from('\r\n'),
  ];
  const body = Buffer.concat([
    ...part('anpr.xml', style === 'named' ? 'application/xml; charset="UTF-8"' : 'application/octet-stream', text),
    ...part('licensePlatePicture.jpg', style === 'named' ? 'image/jpeg' : 'application/octet-stream', twinPicture),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

/** A whole HTTP/1.1 request as the camera writes it to the receiver. */
export function pushRequest(
  path: string,
  host: string,
  xml: string,
  style: 'named' | 'nameless' = 'named',
): Uint8Array {
  const { contentType, body } = pushBody(xml, style);
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

const maxRequestBytes = 16_384;

export class IsapiTwin {
  readonly #options: TwinOptions;
  readonly #digest: DigestServer;
  readonly #streams = new Set<TwinConnection>();
  /** Requests whose password was wrong: what locks an account. */
  wrongPasswords = 0;
  requests = 0;

  constructor(options: TwinOptions) {
    this.#options = options;
    const { user, password } = options;
    this.#digest = new DigestServer({ realm: 'DS-2CD9371', credentials: { user, password }, nonceForMs: 300_000 });
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** A client connected; give what it sends to `receive`, and call `closed` at its end. */
  accept(connection: TwinConnection): { receive(bytes: Uint8Array): void; closed(): void } {
    let pending = '';
    return {
      receive: (bytes) => {
        pending += Buffer.from(bytes).toString('latin1');
        const end = pending.indexOf('\r\n\r\n');
        if (end >= 0) {
          const head = pending.slice(0, end);
          pending = pending.slice(end + 4);
          this.#answer(head, connection);
        } else if (pending.length > maxRequestBytes) connection.close();
      },
      closed: () => this.#streams.delete(connection),
    };
  }

  /** A vehicle on every open stream, its picture behind it. */
  passVehicle(vehicle: TwinVehicle): void {
    this.sendPart('application/xml; charset="UTF-8"', Buffer.from(alertXml(vehicle, this.#options.firmware ?? 'cn')));
    this.sendPart('image/jpeg', twinPicture);
  }

  heartbeat(): void {
    const xml =
      '<EventNotificationAlert><eventType>videoloss</eventType><eventState>inactive</eventState></EventNotificationAlert>';
    this.sendPart('application/xml; charset="UTF-8"', Buffer.from(xml));
  }

  /** The boundary comes in front, as on the camera: a part is complete long before the next one begins. */
  sendPart(type: string, body: Uint8Array): void {
    const head = `--boundary\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
    this.sendRaw(Buffer.concat([Buffer.from(head), body, Buffer.from('\r\n')]));
  }

  sendRaw(bytes: Uint8Array): void {
    for (const stream of this.#streams) stream.write(bytes);
  }

  /** The camera restarts: every stream ends without a word. */
  cutStreams(): void {
    for (const stream of [...this.#streams]) stream.close();
    this.#streams.clear();
  }

  #answer(head: string, connection: TwinConnection): void {
    this.requests += 1;
    const [method = '', uri = ''] = (head.split('\r\n')[0] ?? '').split(' ');
    const authorization = /^authorization:\s*(.*)$/im.exec(head)?.[1]?.trim();
    const now = this.#options.now();
    const verdict = this.#digest.verify(authorization, method, uri, now);
    if (verdict !== 'granted') {
      if (verdict === 'refused') this.wrongPasswords += 1;
      const challenges = this.#digest
        .challenges(now, verdict === 'stale')
        .map((each) => `WWW-Authenticate: ${each}\r\n`);
      connection.write(Buffer.from(`HTTP/1.1 401 Unauthorized\r\n${challenges.join('')}Content-Length: 0\r\n\r\n`));
      return;
    }
    if (uri !== '/ISAPI/Event/notification/alertStream') {
      connection.write(Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
      return;
    }
    connection.write(
      Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=boundary\r\nConnection: close\r\n\r\n'),
    );
    this.#streams.add(connection);
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
