/** One opening of a serial port: a new SerialPort object each time, because an old one sends on re-opening what was written while closed. */
import { type Stats, promises } from 'node:fs';
import { SerialPort } from 'serialport';
import type { Clock } from '../contract/clock.ts';
import type { Link, LinkEvents, OpenLink } from './link.ts';

export interface SerialSettings {
  /** Stable name, e.g. `/dev/serial/by-id/…`. */
  readonly path: string;
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** A port that was pulled while bytes came may never say 'close'; a reader that is not asked would then be dead unnoticed. */
const lookEveryMs = 1000;

export function openSerial(settings: SerialSettings, clock: Clock): OpenLink {
  return (events: LinkEvents): Link => {
    let over = false;
    const port = new SerialPort({
      path: settings.path,
      baudRate: settings.baud,
      dataBits: settings.dataBits,
      parity: settings.parity,
      stopBits: settings.stopBits,
      autoOpen: false,
      lock: true,
    });
    let cancelLook = (): void => undefined;
    const lose = (why: string): void => {
      if (over) return;
      over = true;
      cancelLook();
      events.lost(`${settings.path}: ${withErrno(why)}`);
    };
    port.on('data', (chunk: Buffer) => {
      if (!over) events.bytes(chunk);
    });
    port.on('error', (error: Error) => lose(error.message));
    // An unplugged adapter says 'close', not 'error' (pitfalls.md "serialport").
    port.on('close', () => lose('port closed'));
    /** Does its name still lead to what was opened? */
    const look = (opened: Stats | null): void => {
      if (over) return;
      const again = (first: Stats | null): void => {
        if (!over) cancelLook = clock.after(`${settings.path}.look`, lookEveryMs, () => look(first));
      };
      promises.stat(settings.path).then(
        (now) => {
          if (opened !== null && !isSame(opened, now)) lose('another device has its name');
          else again(opened ?? now);
        },
        // Whatever else keeps us from looking says nothing of the port.
        ({ code }: NodeJS.ErrnoException) => (code === 'ENOENT' ? lose('No such file or directory') : again(opened)),
      );
    };
    port.open((error) => {
      if (error) lose(error.message);
      else if (over) port.close(() => {});
      else {
        events.opened();
        look(null);
      }
    });
    return {
      write(bytes) {
        // Bytes that still wait in the stream mean a wedged driver: another frame behind them would come late.
        if (over || !port.isOpen || port.writableLength > 0) return false;
        port.write(Buffer.from(bytes), (error) => {
          if (error) lose(error.message);
        });
        return true;
      },
      close() {
        over = true;
        cancelLook();
        if (port.isOpen) port.close(() => {});
      },
    };
  };
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.rdev === other.rdev;
}

/** The binding gives the system's sentence without the name that a manual or a search knows it by. */
const errnos: readonly (readonly [sentence: string, name: string])[] = [
  ['No such file or directory', 'ENOENT'],
  ['Permission denied', 'EACCES'],
  ['Device or resource busy', 'EBUSY'],
  ['Resource temporarily unavailable', 'EAGAIN'],
  ['No such device or address', 'ENXIO'],
  ['No such device', 'ENODEV'],
  ['Inappropriate ioctl for device', 'ENOTTY'],
  ['Input/output error', 'EIO'],
];

function withErrno(why: string): string {
  const name = errnos.find(([sentence]) => why.includes(sentence))?.[1];
  return name === undefined ? why : `${name} (${why})`;
}
