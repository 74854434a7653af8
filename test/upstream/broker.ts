/** Debian's mosquitto as a process, its certificates by openssl, and its own client as the subscriber: none of it shares code with us. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../house/free-port.ts';
import { type Process, type Stage, start, until } from '../e2e/harness.ts';

export interface Certificates {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** One authority, a server for 127.0.0.1 and a client; `days` of the server's may be such that it is over already. */
export function makeCertificates(dir: string, name = 'ca'): Certificates {
  const at = (file: string): string => join(dir, `${name}-${file}`);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('key.pem'),
    '-out',
    at('cert.pem'),
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
  );
  const issue = (who: string, extension: string): void => {
    writeFileSync(at(`${who}.ext`), extension);
    openssl('req', ...key, '-keyout', at(`${who}.key`), '-out', at(`${who}.csr`), '-subj', `/CN=${who}`);
    const ca = ['-CA', at('cert.pem'), '-CAkey', at('key.pem'), '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${who}.csr`),
      ...ca,
      '-days',
      '30',
      '-extfile',
      at(`${who}.ext`),
      '-out',
      at(`${who}.crt`),
    );
    chmodSync(at(`${who}.key`), 0o600);
  };
  issue('server', 'subjectAltName=IP:127.0.0.1');
  issue('client', 'extendedKeyUsage=clientAuth');
  const [serverCert, serverKey] = [at('server.crt'), at('server.key')];
  return { ca: at('cert.pem'), serverCert, serverKey, clientCert: at('client.crt'), clientKey: at('client.key') };
}

export interface BrokerOptions {
  readonly certificates?: Certificates;
  /** User → password; none = anybody may connect. */
  readonly users?: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
}

/** Debian's nats-server as a broker that speaks MQTT 3.1.1 only. @returns its MQTT port. */
export async function natsBroker(stage: Stage): Promise<number> {
  const dir = stage.folder();
  const port = await freePort();
  const config = join(dir, 'nats.conf');
  writeFileSync(
    config,
    [
      ...[`host: 127.0.0.1`, `port: ${await freePort()}`, 'server_name: gate'],
      ...[`jetstream { store_dir: "${dir}" }`, `mqtt { host: 127.0.0.1, port: ${port} }`, ''],
    ].join('\n'),
  );
  const server = start(stage, '/usr/sbin/nats-server', ['-c', config]);
  await until('the broker listens', () => {
    if (server.child.exitCode !== null) throw new Error(`nats-server ended: ${server.err.join('\n')}`);
    return canConnect(port);
  });
  return port;
}

/** A listener for the gateway, with TLS where certificates are given, and a plain one for whoever watches. */
export class Broker {
  readonly dir: string;
  readonly port: number;
  readonly watchPort: number;
  readonly #stage: Stage;
  readonly #options: BrokerOptions;
  #process: Process | null = null;

  static async make(stage: Stage, options: BrokerOptions = {}): Promise<Broker> {
    const broker = new Broker(stage, options, await freePort(), await freePort());
    await broker.start();
    return broker;
  }

  private constructor(stage: Stage, options: BrokerOptions, port: number, watchPort: number) {
    this.#stage = stage;
    this.#options = options;
    this.dir = stage.folder();
    this.port = port;
    this.watchPort = watchPort;
    this.setUsers(options.users ?? {});
  }

  /** Takes effect with the next start, or `reload`. */
  setUsers(users: Readonly<Record<string, string>>): void {
    const file = join(this.dir, 'users');
    writeFileSync(file, '', { mode: 0o600 });
    for (const [user, password] of Object.entries(users))
      execFileSync('mosquitto_passwd', ['-b', file, user, password], { stdio: 'pipe' });
  }

  reload(): void {
    this.#process?.child.kill('SIGHUP');
  }

  /** Its log so far, since it was last started. */
  log(): readonly string[] {
    return this.#process?.err ?? [];
  }

  async start(): Promise<void> {
    const { certificates, users, more = [] } = this.#options;
    const tls =
      certificates === undefined
        ? []
        : [
            ...[
              `cafile ${certificates.ca}`,
              `certfile ${certificates.serverCert}`,
              `keyfile ${certificates.serverKey}`,
            ],
            'require_certificate true',
          ];
    const config = [
      ...['per_listener_settings true', 'persistence true', `persistence_location ${this.dir}/`],
      ...['max_queued_messages 0', 'max_inflight_messages 0', 'set_tcp_nodelay true', 'user root'],
      ...[`listener ${this.port} 127.0.0.1`, ...tls],
      ...(users === undefined
        ? ['allow_anonymous true']
        : ['allow_anonymous false', `password_file ${this.dir}/users`]),
      ...more,
      ...[`listener ${this.watchPort} 127.0.0.1`, 'allow_anonymous true'],
    ];
    writeFileSync(join(this.dir, 'mosquitto.conf'), `${config.join('\n')}\n`);
    const broker = start(this.#stage, '/usr/sbin/mosquitto', ['-c', join(this.dir, 'mosquitto.conf')]);
    this.#process = broker;
    await until('the broker listens', async () => {
      if (broker.child.exitCode !== null) throw new Error(`mosquitto ended: ${broker.err.join('\n')}`);
      return (await canConnect(this.port)) && canConnect(this.watchPort);
    });
  }

  async stop(): Promise<void> {
    this.#process?.child.kill('SIGTERM');
    await this.#process?.ended;
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Publishes to the broker with its own client; resolves when it is taken. */
  async publish(topic: string, payload: string, options: readonly string[] = []): Promise<void> {
    await this.publishFrom(topic, ['-m', payload, ...options]);
  }

  /** @param what of the client's own options names the message, e.g. `-f file`. */
  async publishFrom(topic: string, what: readonly string[]): Promise<void> {
    const args = ['-p', String(this.watchPort), '-t', topic, '-q', '1', ...what];
    await start(this.#stage, 'mosquitto_pub', args).ended;
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

export interface Heard {
  readonly topic: string;
  readonly qos: number;
  readonly retained: boolean;
  readonly payload: string;
}

/** What comes while it is away is not for it: whoever restarts a broker lets the gateway in after it is back. */
export class Subscriber {
  readonly #process: Process;
  #read = 0;
  #parsed = 0;
  readonly #events: SeenEvent[] = [];
  readonly #heard: Heard[] = [];

  static async make(
    stage: Stage,
    port: number,
    filter = '#',
    args: readonly string[] = ['-V', '311'],
  ): Promise<Subscriber> {
    const session = ['-i', `watch-${port}`, '-q', '1'];
    // Into a pipe its debug lines would come a buffer at a time.
    const child = start(stage, 'stdbuf', [
      ...['-oL', 'mosquitto_sub'],
      ...['-p', String(port), '-t', filter, '-F', '%q %r %t %x', '-d', ...session, ...args],
    ]);
    const subscriber = new Subscriber(child);
    await until('the subscriber is subscribed', () => child.out.some((line) => line.startsWith('Subscribed')));
    return subscriber;
  }

  private constructor(child: Process) {
    this.#process = child;
  }

  /** How often it has subscribed: once more after each restart of the broker. */
  subscriptions(): number {
    return this.#process.out.filter((line) => line.startsWith('Subscribed')).length;
  }

  /** Everything so far, in the order of arrival. */
  heard(): readonly Heard[] {
    const { out } = this.#process;
    for (; this.#read < out.length; this.#read += 1) {
      const found = /^([012]) ([01]) (\S+) ([0-9a-f]*)$/.exec(out[this.#read] ?? '');
      if (found === null) continue;
      const [, qos, retained, topic = '', hex = ''] = found;
      const payload = Buffer.from(hex, 'hex').toString('utf8');
      this.#heard.push({ qos: Number(qos), retained: retained === '1', topic, payload });
    }
    return this.#heard;
  }

  /** Each read once, since a wait asks again and again. */
  events(): readonly SeenEvent[] {
    for (const { topic, payload } of this.heard().slice(this.#parsed)) {
      this.#parsed += 1;
      if (topic.includes('/event/')) this.#events.push(JSON.parse(payload) as SeenEvent);
    }
    return this.#events;
  }
}

export interface SeenEvent {
  readonly id: string;
  readonly seq: number;
  readonly epoch: string;
  readonly lane: string | null;
  readonly kind: string;
  readonly hash: string;
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly personal: Readonly<Record<string, unknown>> | null;
}

export interface Committed {
  /** With `seq` it names a record: after a restore the same number may be another one's. */
  readonly epoch: string;
  readonly seq: number;
  readonly lane: string | null;
  readonly hash: string;
}

const nameOf = ({ epoch, seq }: Pick<Committed, 'epoch' | 'seq'>): string => `${epoch}/${seq}`;

/**
 * What is wrong with a delivery: a record that never came, one that came altered, or a lane out of order.
 *
 * @param committed in the order of recording.
 */
export function deliveryComplaints(committed: readonly Committed[], seen: readonly SeenEvent[]): readonly string[] {
  const complaints: string[] = [];
  const places = new Map(committed.map((record, at) => [nameOf(record), at]));
  const first = new Map<string, SeenEvent>();
  const lastOf = new Map<string, { readonly place: number; readonly name: string }>();
  for (const event of seen) {
    const name = nameOf(event);
    if (first.has(name)) continue;
    first.set(name, event);
    const place = places.get(name);
    if (place === undefined) continue;
    const lane = event.lane ?? '';
    const before = lastOf.get(lane);
    if (before !== undefined && place < before.place)
      complaints.push(`${lane}: ${name} first came after ${before.name}`);
    else lastOf.set(lane, { place, name });
  }
  for (const record of committed) {
    const name = nameOf(record);
    const event = first.get(name);
    if (event === undefined) complaints.push(`${name} never came`);
    else if (event.hash !== record.hash) complaints.push(`${name} came with another hash`);
  }
  return complaints;
}

/** Between gateway and broker: passes bytes on, a few at a time or not at all, and can cut what it holds. */
export class SlowProxy {
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  /** Bytes passed on towards the gateway at a time, and the pause after them; null = nothing passes in either direction. */
  drip: { readonly bytes: number; readonly pauseMs: number } | null = { bytes: 65_536, pauseMs: 0 };
  connections = 0;

  static async make(stage: Stage, to: number): Promise<SlowProxy> {
    const proxy = new SlowProxy(await freePort());
    const server: Server = createServer((socket) =>
      proxy.#join(socket, createConnection({ port: to, host: '127.0.0.1' })),
    );
    await new Promise<void>((resolve) => server.listen(proxy.port, '127.0.0.1', () => resolve()));
    stage.onEnd(() => {
      proxy.cut();
      server.close();
    });
    return proxy;
  }

  private constructor(port: number) {
    this.port = port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #join(near: Socket, far: Socket): void {
    this.connections += 1;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      void this.#pass(from, to);
    }
  }

  async #pass(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from) {
        let rest = chunk as Buffer;
        while (rest.length > 0) {
          await until('bytes may pass', () => this.drip !== null || from.destroyed, 600_000);
          const { bytes, pauseMs } = this.drip ?? { bytes: rest.length, pauseMs: 0 };
          to.write(rest.subarray(0, bytes));
          rest = rest.subarray(bytes);
          if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      }
    } catch {
      to.destroy();
    }
  }
}
