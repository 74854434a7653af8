/** A report on disk: whole or not at all. Names stand in it, so nobody else may read it. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Returns its full path. Throws the system's error. */
export function saveReport(file: string, text: string): string {
  const path = resolve(file);
  const part = `${path}.part`;
  try {
    const fd = openSync(part, 'w', 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  return path;
}
