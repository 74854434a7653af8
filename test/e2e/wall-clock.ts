/** A wall clock of its own for one daemon, stepped while it runs; the machine's stays as it is. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder, type Stage, start } from './harness.ts';

export interface WallClock {
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds by which it differs from the machine's from now on. */
  set(offsetMs: number): void;
}

export async function wallClock(stage: Stage): Promise<WallClock> {
  const folder = stage.folder();
  const library = join(folder, 'wall_clock.so');
  const offset = join(folder, 'offset');
  const set = (offsetMs: number): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(offsetMs));
    // In place: the running program has this file mapped.
    writeFileSync(offset, bytes, { flag: 'r+' });
  };
  writeFileSync(offset, Buffer.alloc(8));
  const source = join(peersFolder, 'wall_clock.c');
  const build = start(stage, 'cc', [...['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source, '-ldl']]);
  const { code } = await build.ended;
  if (code !== 0) throw new Error(`the wall clock does not build: ${build.err.join('\n')}`);
  return { env: { LD_PRELOAD: library, WALL_OFFSET: offset }, set };
}
