/** Anchors: where the chain stood, kept outside the database so that a cut-off or rewritten journal is found (design.md). */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { appendDurably } from './durable-file.ts';

export interface Anchor {
  readonly gateway: string;
  readonly epoch: string;
  readonly seq: number;
  /** Hexadecimal. */
  readonly hash: string;
  readonly atWall: number;
}

/** Some twenty anchors. */
const TAIL_BYTES = 4096;

export const anchorsPath = (dir: string): string => join(dir, 'anchors.jsonl');

/** Anchors are there, readable or not: a journal existed in this directory. */
export function hasAnchors(dir: string): boolean {
  return (statSync(anchorsPath(dir), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Appends and fsyncs. Throws the system's error. */
export function writeAnchor(dir: string, anchor: Anchor): void {
  const path = anchorsPath(dir);
  // A line torn by a power cut must not swallow the next one.
  appendDurably(path, `${endsMidLine(path) ? '\n' : ''}${JSON.stringify(anchor)}\n`);
}

/** Reads all that can be read; `unreadable` counts lines that are no anchors (torn by a power cut, or edited). */
export function readAnchors(dir: string): { readonly anchors: readonly Anchor[]; readonly unreadable: number } {
  const anchors: Anchor[] = [];
  let unreadable = 0;
  for (const line of readLines(anchorsPath(dir))) {
    const anchor = parseAnchor(line);
    if (anchor === null) unreadable += 1;
    else anchors.push(anchor);
  }
  return { anchors, unreadable };
}

/** The last that can be read; null where none can be. Costs the same however many there are. */
export function newestAnchor(dir: string): Anchor | null {
  for (const line of tailOf(anchorsPath(dir)).split('\n').reverse()) {
    const anchor = parseAnchor(line);
    if (anchor !== null) return anchor;
  }
  return null;
}

function parseAnchor(line: string): Anchor | null {
  try {
    const value = JSON.parse(line) as Partial<Record<keyof Anchor, unknown>> | null;
    if (value === null || typeof value !== 'object') return null;
    const { gateway, epoch, seq, hash, atWall } = value;
    if (typeof gateway !== 'string' || typeof epoch !== 'string' || typeof hash !== 'string') return null;
    if (typeof seq !== 'number' || typeof atWall !== 'number') return null;
    return { gateway, epoch, seq, hash, atWall };
  } catch {
    return null;
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.length > 0);
  } catch {
    return [];
  }
}

/** The first of its lines may be the end of one. Empty where nothing can be read. */
function tailOf(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      return tail.subarray(0, readSync(fd, tail, 0, tail.length, size - tail.length)).toString('utf8');
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}

function endsMidLine(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    try {
      const size = fstatSync(fd).size;
      if (size === 0) return false;
      const last = Buffer.alloc(1);
      readSync(fd, last, 0, 1, size - 1);
      return last[0] !== 0x0a;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
