/** The memory that the main loop writes and the guard thread reads: counters only, so that neither ever waits. */
import type { Sighting, WorkSighting } from './judgement.ts';

/** More pieces of watched work than this are refused (I15); a site has a journal and its lines. */
export const SLOTS_MAX = 64;
const BEATS = 0;
const STOPPING = 1;
const FIRST_SLOT = 2;
const SLOT_SIZE = 3;
const DEADLINE = 0;
const PROGRESS = 1;
const BUSY = 2;

export type Counters = Int32Array<SharedArrayBuffer>;

export function makeCounters(): Counters {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (FIRST_SLOT + SLOTS_MAX * SLOT_SIZE)));
}

/** Never 0 again once beaten, so that a count which wraps is not taken for a loop that never turned. */
export function countBeat(counters: Counters): void {
  if (Atomics.add(counters, BEATS, 1) === -1) Atomics.add(counters, BEATS, 1);
}

export function markStopping(counters: Counters): void {
  Atomics.store(counters, STOPPING, 1);
}

/** Takes a free slot, or returns null when all are taken. */
export function takeSlot(counters: Counters, deadlineMs: number): number | null {
  for (let slot = 0; slot < SLOTS_MAX; slot += 1) {
    const at = FIRST_SLOT + slot * SLOT_SIZE;
    if (Atomics.load(counters, at + DEADLINE) !== 0) continue;
    Atomics.store(counters, at + BUSY, 0);
    Atomics.add(counters, at + PROGRESS, 1);
    Atomics.store(counters, at + DEADLINE, Math.max(1, Math.round(deadlineMs)));
    return slot;
  }
  return null;
}

export function freeSlot(counters: Counters, slot: number): void {
  const at = FIRST_SLOT + slot * SLOT_SIZE;
  Atomics.store(counters, at + BUSY, 0);
  Atomics.store(counters, at + DEADLINE, 0);
}

/** Work is owed from now. When it was owed already nothing changes: new arrivals must not hide an old stall. */
export function beginWork(counters: Counters, slot: number): void {
  const at = FIRST_SLOT + slot * SLOT_SIZE;
  if (Atomics.load(counters, at + BUSY) === 1) return;
  Atomics.add(counters, at + PROGRESS, 1);
  Atomics.store(counters, at + BUSY, 1);
}

export function progressWork(counters: Counters, slot: number, owedMore: boolean): void {
  const at = FIRST_SLOT + slot * SLOT_SIZE;
  Atomics.add(counters, at + PROGRESS, 1);
  Atomics.store(counters, at + BUSY, owedMore ? 1 : 0);
}

export function sight(counters: Counters): Sighting {
  const works: WorkSighting[] = [];
  for (let slot = 0; slot < SLOTS_MAX; slot += 1) {
    const at = FIRST_SLOT + slot * SLOT_SIZE;
    const deadlineMs = Atomics.load(counters, at + DEADLINE);
    if (deadlineMs === 0) continue;
    const busy = Atomics.load(counters, at + BUSY) === 1;
    works.push({ slot, deadlineMs, progress: Atomics.load(counters, at + PROGRESS), busy });
  }
  return { beats: Atomics.load(counters, BEATS), stopping: Atomics.load(counters, STOPPING) === 1, works };
}
