/** Small files beside the database that must outlive it: the emergency latch, the last known good configuration (design.md, I3). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Json } from '../core/values.ts';
import { errorCode, errorText, StoreError } from './sqlite.ts';
import { writeDurably } from './durable-file.ts';

export type StateRead =
  | { readonly kind: 'read'; readonly value: Json; readonly generation: number; readonly soundCopies: 1 | 2 }
  | { readonly kind: 'absent' }
  /** There was a state and it cannot be told: for the latch, nothing closes until a person says so (I3). */
  | { readonly kind: 'unreadable'; readonly why: string };

interface Envelope {
  readonly generation: number;
  readonly value: Json;
}

/** More than any configuration can be: whoever writes it is told, and what stood before stands. */
const CHARS_MAX = 64 * 1024 * 1024;

export const copiesOf = (path: string): readonly [string, string] => [`${path}.a`, `${path}.b`];

/** Never throws. The newer of two checksummed copies, `<path>.a` and `<path>.b`. */
export function readStateFile(path: string): StateRead {
  const whys: string[] = [];
  const sound: Envelope[] = [];
  for (const copy of copiesOf(path)) {
    const found = readCopy(copy);
    if (typeof found === 'string') whys.push(found);
    else if (found !== null) sound.push(found);
  }
  sound.sort((a, b) => b.generation - a.generation);
  const newest = sound[0];
  if (newest !== undefined)
    return {
      kind: 'read',
      value: newest.value,
      generation: newest.generation,
      soundCopies: sound.length === 2 ? 2 : 1,
    };
  return whys.length === 0 ? { kind: 'absent' } : { kind: 'unreadable', why: whys.join('; ') };
}

/**
 * Writes both copies, one after the other, each fsynced with its directory. Throws the system's error if either failed, and
 * `stateTooLong` beyond 64 Mi characters.
 */
export function writeStateFile(path: string, value: Json): void {
  const before = readStateFile(path);
  const generation = before.kind === 'read' ? before.generation + 1 : 1;
  const text = stateText(value, generation);
  const failures: unknown[] = [];
  for (const copy of copiesOf(path)) {
    try {
      writeDurably(copy, Buffer.from(text, 'utf8'));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** A copy's content. Throws `stateTooLong`. */
export function stateText(value: Json, generation: number): string {
  // Not the journal's encoding, which cuts long bodies: a state that is not whole is none.
  const payload = JSON.stringify({ generation, value });
  if (payload.length > CHARS_MAX)
    throw new StoreError('stateTooLong', `${payload.length} characters, at most ${CHARS_MAX}`);
  return `${createHash('sha256').update(payload).digest('hex')}\n${payload}\n`;
}

/** The envelope, null when there is no file, or why it cannot be believed. */
function readCopy(path: string): Envelope | null | string {
  try {
    const text = readFileSync(path, 'utf8');
    const cut = text.indexOf('\n');
    const payload = text.slice(cut + 1, -1);
    if (cut !== 64 || createHash('sha256').update(payload).digest('hex') !== text.slice(0, cut))
      return `${path}: checksum does not match`;
    const envelope = JSON.parse(payload) as Envelope;
    return envelope;
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? null : `${path}: ${errorText(error)}`;
  }
}
