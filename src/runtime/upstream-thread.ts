/** The uplink's thread: MQTT, TLS and JSON of the outbox, away from the loop that moves booms; it reads the database and writes nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { type JournalReader, openJournalReader } from '../store/journal-read.ts';
import { mqttDial } from '../upstream/mqtt-link.ts';
import { Uplink } from '../upstream/uplink.ts';
import { systemClock } from './clock.ts';
import {
  type FromUplinkThread,
  type ToUplinkThread,
  UPSTREAM_CONSUMER,
  type UplinkThreadData,
} from './upstream-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('upstream-thread runs as a worker thread only');

const { gateway, boot } = workerData as UplinkThreadData;
const clock = systemClock();
const tell = (message: FromUplinkThread): void => port.postMessage(message);
const OPEN_AGAIN_MS = 1000;

let reader: JournalReader | null = null;
let database = 0;
let cancelOpen: (() => void) | null = null;

const uplink = new Uplink(
  { clock, random: Math.random, dial: mqttDial(process.env), gateway, boot },
  {
    progress: (progress) => tell({ kind: 'progress', progress, database }),
    status: (status) => tell({ kind: 'status', status }),
    ignored: (report) => tell({ kind: 'ignored', report }),
    missing: (fromSeq, toSeq) => tell({ kind: 'missing', fromSeq, toSeq }),
    log: (level, message, facts) => tell({ kind: 'log', level, message, facts }),
  },
);

function attach(dir: string): void {
  detach();
  try {
    const opened = openJournalReader(dir);
    reader = opened;
    uplink.attach(opened, opened.cursor(UPSTREAM_CONSUMER), opened.lastSeq());
  } catch (error) {
    detach();
    tell({ kind: 'log', level: 'warn', message: 'the outbox cannot be opened', facts: { why: String(error) } });
    cancelOpen = clock.after('upstream.open', OPEN_AGAIN_MS, () => attach(dir));
  }
}

function detach(): void {
  cancelOpen?.();
  cancelOpen = null;
  uplink.detach();
  reader?.close();
  reader = null;
}

function stop(): void {
  uplink.stop(() => {
    detach();
    tell({ kind: 'stopped' });
    port?.close();
  });
}

port.on('message', (message: ToUplinkThread) => {
  switch (message.kind) {
    case 'configure':
      return uplink.configure(message.settings);
    case 'attach':
      database = message.database;
      return attach(message.dir);
    case 'detach':
      return detach();
    case 'committed':
      return uplink.committed(message.seq);
    case 'show':
      return uplink.show(message.snapshot);
    case 'anchored':
      return uplink.anchored(message.anchor);
    case 'stop':
      return stop();
  }
});
