/** The uplink's thread: MQTT, TLS and JSON of the outbox, away from the loop that moves booms; it reads the database and writes nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { newestAnchor } from '../store/anchors.ts';
import { loadSqlite } from '../store/sqlite.ts';
import { mqttDial } from '../upstream/mqtt-link.ts';
import { Uplink } from '../upstream/uplink.ts';
import { systemClock } from './clock.ts';
import { OutboxDatabases } from './outbox-databases.ts';
import type { FromUplinkThread, ToUplinkThread, UplinkThreadData } from './upstream-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('upstream-thread runs as a worker thread only');

loadSqlite();

const { gateway, boot } = workerData as UplinkThreadData;
const clock = systemClock();
const tell = (message: FromUplinkThread): void => port.postMessage(message);

const uplink = new Uplink(
  { clock, random: Math.random, dial: mqttDial(process.env), gateway, boot },
  {
    progress: (progress) => tell({ kind: 'progress', progress, database: databases.drained }),
    status: (status) => {
      tell({ kind: 'status', status, database: databases.drained });
      databases.look();
    },
    ignored: (report) => tell({ kind: 'ignored', report }),
    missing: (fromSeq, toSeq) => tell({ kind: 'missing', gap: { epoch: null, fromSeq, toSeq } }),
    skipped: (skipped) => tell({ kind: 'skipped', skipped }),
    unreadable: (error) => databases.unreadable(error),
    log: (level, message, facts) => tell({ kind: 'log', level, message, facts }),
  },
);

const databases = new OutboxDatabases({
  clock,
  outbox: uplink,
  missing: (gap) => tell({ kind: 'missing', gap }),
  drains: (database) => tell({ kind: 'drains', database }),
  log: (message, facts) => tell({ kind: 'log', level: 'warn', message, facts }),
});

function stop(): void {
  uplink.stop(() => {
    databases.close();
    tell({ kind: 'stopped' });
    port?.close();
  });
}

/** The one of the last stop was made when the broker had been left; the file is written before any is told. */
function showAnchor(dir: string): void {
  const anchor = newestAnchor(dir);
  if (anchor !== null) uplink.anchored({ schema: 'gatehouse/anchor/1', ...anchor });
}

port.on('message', (message: ToUplinkThread) => {
  switch (message.kind) {
    case 'configure':
      return uplink.configure(message.settings);
    case 'attach':
      showAnchor(message.dir);
      return databases.attach(message);
    case 'detach':
      databases.detach();
      return tell({ kind: 'detached' });
    case 'committed':
      // Of a newer one the last is read when its turn comes.
      if (message.database === databases.drained) uplink.committed(message.seq);
      return;
    case 'ask':
      return tell({ kind: 'status', status: uplink.status(), database: databases.drained });
    case 'show':
      return uplink.show(message.snapshot);
    case 'anchored':
      return uplink.anchored(message.anchor);
    case 'stop':
      return stop();
  }
});
