/** State files written while the loop goes on: the emergency latch waits for no disk, and keeps nobody waiting for one (I3, I4). */
import { promises } from 'node:fs';
import { dirname } from 'node:path';
import type { Json } from '../core/values.ts';
import { copiesOf, stateText } from './state-file.ts';

/** Writes `value` as generation `generation` of the state at `path`; rejects with the system's error. */
export type WriteState = (path: string, value: Json, generation: number) => Promise<void>;

/**
 * As `writeStateFile`, off the loop. `generation`: one above what `readStateFile` gave. Rejects with the system's error if
 * either copy failed; the other one has then been written all the same.
 */
export async function writeStateFileLater(path: string, value: Json, generation: number): Promise<void> {
  const bytes = Buffer.from(stateText(value, generation), 'utf8');
  const failures: unknown[] = [];
  await promises.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // One after the other: a power cut finds at least one of them whole.
  for (const copy of copiesOf(path))
    await writeDurablyLater(copy, bytes).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** As `writeDurably`. */
async function writeDurablyLater(path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.new`;
  const file = await promises.open(aside, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await promises.rename(aside, path);
  const folder = await promises.open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
