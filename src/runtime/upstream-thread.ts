/** The uplink's thread: MQTT, TLS and JSON of the outbox, away from the loop that moves booms; it reads the database and writes nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadSqlite } from '../store/sqlite.ts';
import { mqttDial } from '../upstream/mqtt-link.ts';
import { systemClock } from './clock.ts';
import { uplinkEnd } from './uplink-end.ts';
import type { ToUplinkThread, UplinkThreadData } from './upstream-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('upstream-thread runs as a worker thread only');

loadSqlite();

const end = uplinkEnd({
  clock: systemClock(),
  random: Math.random,
  dial: mqttDial(process.env),
  data: workerData as UplinkThreadData,
  tell: (message) => port.postMessage(message),
  ended: () => port.close(),
});

port.on('message', (message: ToUplinkThread) => end.take(message));
