/** mqtt.js behind `Link`: transport only. Its queues, its store and its reconnecting are never used (reliability.md §1.3). */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type IConnackPacket, MqttClient, Store } from 'mqtt';
import { type Cause, causeOf, mqttCause, ownCause } from './causes.ts';
import { readCredentials } from './credentials.ts';
import type { Dial, Link, LinkEvents, LinkMessage } from './link.ts';
import { PacketSize } from './packet-size.ts';
import type { Credentials, UplinkSettings } from './settings.ts';

/** What somebody may send us; everything that we expect is far smaller. */
const INCOMING_BYTES_MAX = 256 * 1024;
/** The package's own wait for CONNACK; ours is shorter and on our clock. */
const CONNECT_TIMEOUT_MS = 60_000;
const IN_FLIGHT_MAX = 65_535;

export function mqttDial(env: Readonly<Record<string, string | undefined>>): Dial {
  return (settings, will, events) => {
    try {
      return new MqttLink(settings, readCredentials(settings, env), will, events);
    } catch (error) {
      const cause = causeOf(error, false);
      queueMicrotask(() => events.ended(cause));
      return nothing;
    }
  };
}

const nothing: Link = { publish() {}, subscribe() {}, leave: (done) => done(), close() {} };

function openStream(settings: UplinkSettings, { ca, cert, key }: Credentials): Socket {
  const { host, port } = settings;
  if (!settings.tls) return connectTcp({ host, port });
  return connectTls({
    ...{ host, port, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  });
}

class MqttLink implements Link {
  readonly #client: MqttClient;
  readonly #events: LinkEvents;
  #opened = false;
  #over = false;
  /** The first thing that went wrong says more than the close that follows it. */
  #cause: Cause | null = null;

  constructor(settings: UplinkSettings, credentials: Credentials, will: LinkMessage, events: LinkEvents) {
    this.#events = events;
    const five = settings.protocol === 5;
    const { user, password } = credentials;
    this.#client = new MqttClient(() => this.#watched(openStream(settings, credentials)), {
      protocolVersion: settings.protocol,
      protocolId: 'MQTT',
      clientId: settings.clientId,
      clean: true,
      keepalive: Math.round(settings.keepaliveMs / 1000),
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      queueQoSZero: false,
      resubscribe: false,
      // What is still to be handled when a connection is closed would throw at stores that are emptied with it.
      ...{ incomingStore: new Store({ clean: false }), outgoingStore: new Store({ clean: false }) },
      ...(user === null ? {} : { username: user }),
      ...(password === null ? {} : { password }),
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain },
      ...(five ? { properties: { sessionExpiryInterval: 0, maximumPacketSize: INCOMING_BYTES_MAX } } : {}),
    });
    this.#listen(this.#client);
  }

  publish({ topic, payload, retain }: LinkMessage, done: (refusal: Cause | null) => void): void {
    if (this.#over || !this.#client.connected) return;
    this.#client.publish(topic, payload, { qos: 1, retain }, (error) => {
      if (this.#over) return;
      if (error === undefined || error === null) return done(null);
      // A number is the broker's word in PUBACK; anything else is the end of the connection, told by itself.
      const { code } = error as { code?: unknown };
      if (typeof code === 'number') done(mqttCause(code, true));
    });
  }

  subscribe(filter: string, done: (refused: boolean) => void): void {
    if (this.#over || !this.#client.connected) return;
    this.#client.subscribe(filter, { qos: 1 }, (error) => {
      if (!this.#over) done(error !== null && error !== undefined);
    });
  }

  leave(done: () => void): void {
    this.#over = true;
    this.#client.end(Object.keys(this.#client.outgoing).length > 0, () => done());
  }

  close(): void {
    this.#over = true;
    this.#client.end(true);
  }

  /** Seen before the package sees them. */
  #watched(stream: Socket): Socket {
    const size = new PacketSize(INCOMING_BYTES_MAX);
    stream.on('data', (chunk: Buffer) => {
      if (!size.take(chunk)) {
        this.#cause ??= ownCause('tooLarge', this.#opened);
        stream.destroy();
      } else if (!this.#over) this.#events.heard();
    });
    stream.on('error', (error) => {
      this.#cause ??= causeOf(error, this.#opened);
    });
    stream.setNoDelay(true);
    return stream;
  }

  #listen(client: MqttClient): void {
    client.on('connect', (packet: IConnackPacket) => {
      if (this.#over) return;
      this.#opened = true;
      const { receiveMaximum, maximumPacketSize, serverKeepAlive } = packet.properties ?? {};
      this.#events.opened({
        inFlightMax: receiveMaximum ?? IN_FLIGHT_MAX,
        packetBytesMax: maximumPacketSize ?? null,
        // The package takes 0 for no order at all, and pings as we asked it to.
        keepaliveMs: serverKeepAlive === undefined || serverKeepAlive === 0 ? null : serverKeepAlive * 1000,
      });
    });
    // A throw in here would stall the incoming stream for good while `connected` stays true (pitfalls.md mqtt).
    client.on('message', (topic, payload, { qos, retain, dup }) => {
      try {
        if (!this.#over) this.#events.received({ topic, payload, qos, retained: retain, duplicate: dup });
      } catch (error) {
        this.#end(causeOf(error, true));
      }
    });
    // Each would be kept until its release comes, which a broker that breaks its word need not send.
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'publish' && packet.qos === 2) this.#end(ownCause('qosNotAsked', true));
    });
    client.on('disconnect', (packet) => {
      this.#cause ??= mqttCause(packet.reasonCode ?? 128, true);
    });
    client.on('error', (error) => this.#end(this.#cause ?? causeOf(error, this.#opened)));
    client.on('close', () => this.#end(this.#cause ?? ownCause('closed', this.#opened)));
  }

  #end(cause: Cause): void {
    if (this.#over) return;
    this.close();
    this.#events.ended(cause);
  }
}
