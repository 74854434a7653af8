/** Reads what the broker is to be shown, in the uplink's own thread; values stay in memory and in no log line. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Credentials, UplinkSettings } from './settings.ts';

/** A chain of certificates with its authorities is far below it. */
const bytesMax = 256 * 1024;

export class CredentialUnreadable extends Error {
  readonly code: string;
  constructor(file: string, why: string) {
    super(`${file}: ${why}`);
    this.name = 'CredentialUnreadable';
    this.code = 'credentialUnreadable';
  }
}

/** @throws CredentialUnreadable, naming the file and never what is in it. */
export function readCredentials(
  settings: UplinkSettings,
  env: Readonly<Record<string, string | undefined>>,
): Credentials {
  const { user, passwordEnv, passwordFile, caFile, certFile, keyFile } = settings;
  const read = (file: string | null): Buffer | null => (file === null ? null : readCapped(file));
  return {
    user,
    password: passwordEnv === null ? withoutEnd(read(passwordFile)) : fromEnv(passwordEnv, env),
    ca: read(caFile),
    cert: read(certFile),
    key: read(keyFile),
  };
}

function fromEnv(name: string, env: Readonly<Record<string, string | undefined>>): Buffer {
  const value = env[name] ?? '';
  if (value === '') throw new CredentialUnreadable(`$${name}`, 'notSet');
  return Buffer.from(value, 'utf8');
}

/** One newline at the end of the file is no part of the password. */
function withoutEnd(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.toString('utf8').replace(/\r?\n$/, ''), 'utf8');
}

function readCapped(file: string): Buffer {
  try {
    const handle = openSync(file, 'r');
    try {
      if (!fstatSync(handle).isFile()) throw new CredentialUnreadable(file, 'notAFile');
      const buffer = Buffer.alloc(bytesMax + 1);
      const length = readSync(handle, buffer, 0, buffer.length, 0);
      if (length > bytesMax) throw new CredentialUnreadable(file, 'tooLarge');
      return buffer.subarray(0, length);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (error instanceof CredentialUnreadable) throw error;
    throw new CredentialUnreadable(file, String((error as NodeJS.ErrnoException).code ?? 'unreadable'));
  }
}
