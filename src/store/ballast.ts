/** Space set aside: on a full disk even DELETE and checkpoint fail, and freeing this is what lets records be written (reliability.md §0.12). */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const BALLAST_BYTES = 16 * 1024 * 1024;

const ballastPath = (dir: string): string => join(dir, 'ballast');

/** True if there was one to free. */
export function freeBallast(dir: string): boolean {
  const path = ballastPath(dir);
  if (!existsSync(path)) return false;
  rmSync(path, { force: true });
  return true;
}

/** Makes the ballast when there is none and twice its size would stay free. True if it stands afterwards. */
export function makeBallast(dir: string, bytes: number, random: (count: number) => Buffer): boolean {
  const path = ballastPath(dir);
  if (existsSync(path)) return true;
  if (bytes === 0) return false;
  try {
    const disk = statfsSync(dir);
    if (disk.bavail * disk.bsize < bytes * 3) return false;
    // Noise, since some file systems store zeros without taking the space.
    const piece = random(65_536);
    const fd = openSync(path, 'w', 0o600);
    try {
      for (let written = 0; written < bytes; written += piece.length) writeSync(fd, piece);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
}
