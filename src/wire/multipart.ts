/**
 * Multipart as cameras really send it, for endless streams and for push bodies (protocols.md §1.2, §1.3; pitfalls.md "XML,
 * multipart, digest"). A part is handed over as soon as its Content-Length is there: the next boundary may be minutes away.
 * It tolerates LF-only headers, doubled boundaries, any number of dashes before the boundary's token, and garbage between.
 */
import { ByteWindow } from './byte-window.ts';

export interface Part {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of Content-Disposition; `null` where old firmware gives none. */
  readonly name: string | null;
  readonly filename: string | null;
  /** Lower-case media type without parameters; `''` when not stated. */
  readonly type: string;
  readonly body: Uint8Array;
}

export interface MultipartLimits {
  readonly maxPartBytes: number;
  readonly maxHeaderBytes: number;
  /** For one body; `Infinity` on an endless stream. */
  readonly maxParts: number;
}

export type MultipartTrouble = 'partTooLarge' | 'headerTooLarge' | 'tooManyParts' | 'truncated' | 'noBoundary';

export const pushLimits: MultipartLimits = { maxPartBytes: 4 << 20, maxHeaderBytes: 8192, maxParts: 16 };
export const streamLimits: MultipartLimits = { ...pushLimits, maxParts: Number.POSITIVE_INFINITY };

type State =
  | { readonly kind: 'seeking' }
  | { readonly kind: 'headers' }
  | { readonly kind: 'body'; readonly headers: Record<string, string>; readonly length: number | null }
  | { readonly kind: 'finished' };

interface Delimiter {
  /** Where the part before it ends, its line end excluded. */
  readonly partEnd: number;
  /** First byte behind the delimiter's line. */
  readonly next: number;
  readonly closes: boolean;
}

const dash = 0x2d;
const lf = 0x0a;
const cr = 0x0d;

/** Boundary parameter of a Content-Type, or `null`. Longer than 200 characters counts as none (RFC 2046 §5.1.1 allows 70). */
export function boundaryOf(contentType: string | undefined): string | null {
  if (contentType === undefined || !/^\s*multipart\//i.test(contentType)) return null;
  const found = /boundary\s*=\s*(?:"([^"]{1,200})"|([^;\s"]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2] ?? null;
}

export class MultipartReader {
  readonly #token: Uint8Array;
  readonly #limits: MultipartLimits;
  readonly #onPart: (part: Part) => void;
  readonly #onTrouble: (trouble: MultipartTrouble) => void;
  readonly #window = new ByteWindow();
  #state: State = { kind: 'seeking' };
  /** Bytes of the window already searched for a delimiter. */
  #scanned = 0;
  /** True when the window's first byte begins a line. */
  #atLineStart = true;
  #parts = 0;

  constructor(
    boundary: string,
    limits: MultipartLimits,
    onPart: (part: Part) => void,
    onTrouble: (trouble: MultipartTrouble) => void = () => undefined,
  ) {
    // Some cameras put the leading dashes into the parameter, some do not: only what follows them is compared.
    const token = boundary.replace(/^-+/, '');
    this.#token = Buffer.from(token === '' ? boundary : token, 'latin1');
    this.#limits = limits;
    this.#onPart = onPart;
    this.#onTrouble = onTrouble;
  }

  push(bytes: Uint8Array): void {
    // In slices, so that what is discarded between parts never has to fit into memory at once.
    for (let at = 0; at < bytes.length && this.#state.kind !== 'finished'; at += 65_536) {
      this.#window.push(bytes.subarray(at, at + 65_536));
      while (this.#advance());
    }
  }

  /** The sender has finished: a last part without Content-Length or closing boundary is handed over if `lenient`. */
  end(): void {
    const state = this.#state;
    this.#state = { kind: 'finished' };
    if (state.kind === 'headers') {
      if (this.#window.length > 0) this.#onTrouble('truncated');
    } else if (state.kind === 'body') {
      if (state.length === null) this.#emit(state.headers, this.#trimmedEnd());
      else this.#onTrouble('truncated');
    }
    this.#window.drop(this.#window.length);
  }

  #advance(): boolean {
    switch (this.#state.kind) {
      case 'seeking':
        return this.#seek();
      case 'headers':
        return this.#readHeaders();
      case 'body':
        return this.#readBody(this.#state.headers, this.#state.length);
      case 'finished':
        return false;
    }
  }

  #seek(): boolean {
    const found = this.#findDelimiter();
    if (found === null) {
      const keep = this.#token.length + 128;
      if (this.#window.length > keep) this.#consume(this.#window.length - keep);
      return false;
    }
    this.#begin(found);
    return true;
  }

  #begin(found: Delimiter): void {
    this.#consume(found.next);
    this.#atLineStart = true;
    this.#state = found.closes ? { kind: 'seeking' } : { kind: 'headers' };
  }

  #readHeaders(): boolean {
    const headers: Record<string, string> = {};
    let at = 0;
    for (;;) {
      const end = this.#window.indexOf(lf, at);
      if (end > this.#limits.maxHeaderBytes || (end < 0 && this.#window.length > this.#limits.maxHeaderBytes)) {
        return this.#giveUp('headerTooLarge');
      }
      if (end < 0) return false;
      const line = this.#window.latin1(at, end).replace(/\r$/, '');
      if (this.#isDelimiterLine(line)) {
        // A doubled boundary, or a part without a body: the later boundary counts.
        this.#begin({ partEnd: at, next: end + 1, closes: line.endsWith('--') && !this.#tokenText().endsWith('--') });
        return true;
      }
      at = end + 1;
      if (line.trim() === '') break;
      const colon = line.indexOf(':');
      if (colon > 0) setHeader(headers, line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    this.#consume(at);
    this.#atLineStart = true;
    const stated = headers['content-length'];
    const length = stated !== undefined && /^\d{1,10}$/.test(stated) ? Number(stated) : null;
    if (length !== null && length > this.#limits.maxPartBytes) return this.#giveUp('partTooLarge');
    this.#state = { kind: 'body', headers, length };
    return true;
  }

  #readBody(headers: Record<string, string>, length: number | null): boolean {
    // A stated length that reaches over the next boundary is a lie: waiting for it would swallow the events behind.
    const found = this.#findDelimiter();
    if (
      length !== null &&
      this.#window.length >= length &&
      (found === null || found.partEnd >= length || found.next > length)
    ) {
      this.#emit(headers, length);
      this.#consume(length);
      this.#atLineStart = true;
      if (this.#state.kind !== 'finished') this.#state = { kind: 'seeking' };
      return true;
    }
    if (found !== null) {
      if (found.partEnd > this.#limits.maxPartBytes) this.#onTrouble('partTooLarge');
      else this.#emit(headers, found.partEnd);
      if (this.#isFinished()) return false;
      this.#begin(found);
      return true;
    }
    if (this.#window.length > this.#limits.maxPartBytes + this.#token.length + 128) return this.#giveUp('partTooLarge');
    return false;
  }

  #isFinished(): boolean {
    return this.#state.kind === 'finished';
  }

  #emit(headers: Record<string, string>, length: number): void {
    this.#parts += 1;
    if (this.#parts > this.#limits.maxParts) {
      this.#state = { kind: 'finished' };
      this.#onTrouble('tooManyParts');
      return;
    }
    const disposition = headers['content-disposition'] ?? '';
    this.#onPart({
      headers,
      name: parameter(disposition, 'name'),
      filename: parameter(disposition, 'filename'),
      type: (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
      body: this.#window.copy(0, length),
    });
  }

  #giveUp(trouble: MultipartTrouble): boolean {
    this.#onTrouble(trouble);
    this.#state = { kind: 'seeking' };
    this.#scanned = 0;
    return true;
  }

  #consume(count: number): void {
    this.#atLineStart = count > 0 ? this.#window.at(count - 1) === lf : this.#atLineStart;
    this.#window.drop(count);
    this.#scanned = 0;
  }

  /** The next whole delimiter line: line start, dashes, token, then a line end or `--`. */
  #findDelimiter(): Delimiter | null {
    for (let from = this.#scanned; ; ) {
      const at = this.#window.indexOf(this.#token, from);
      if (at < 0) {
        this.#scanned = Math.max(this.#scanned, this.#window.length - this.#token.length + 1, 0);
        return null;
      }
      const verdict = this.#judge(at);
      if (verdict === 'unsure') {
        this.#scanned = at;
        return null;
      }
      if (verdict !== 'no') return verdict;
      from = at + 1;
      this.#scanned = from;
    }
  }

  #judge(at: number): Delimiter | 'no' | 'unsure' {
    let start = at;
    while (start > 0 && at - start < 100 && this.#window.at(start - 1) === dash) start -= 1;
    if (start === 0 ? !this.#atLineStart : this.#window.at(start - 1) !== lf) return 'no';
    if (at - start < 2 && this.#token[0] !== dash) return 'no';
    const behind = at + this.#token.length;
    const [first, second] = [this.#window.at(behind), this.#window.at(behind + 1)];
    let partEnd = start > 0 ? start - 1 : 0;
    if (partEnd > 0 && this.#window.at(partEnd - 1) === cr) partEnd -= 1;
    if (first === lf) return { partEnd, next: behind + 1, closes: false };
    if (first === undefined || (second === undefined && (first === cr || first === dash))) return 'unsure';
    if (first === cr && second === lf) return { partEnd, next: behind + 2, closes: false };
    if (first === dash && second === dash) return { partEnd, next: behind + 2, closes: true };
    return 'no';
  }

  #isDelimiterLine(line: string): boolean {
    if (!line.startsWith('--')) return false;
    const bare = line.trimEnd().replace(/^-+/, '');
    const token = this.#tokenText();
    return bare === token || bare === `${token}--`;
  }

  #tokenText(): string {
    return Buffer.from(this.#token).toString('latin1');
  }

  /** Length of what is left, without a line end and an unfinished boundary at its end. */
  #trimmedEnd(): number {
    let end = this.#window.length;
    const tail = this.#window.latin1(Math.max(0, end - this.#token.length - 128), end);
    const cut = /\r?\n-*[^\r\n]*$/.exec(tail);
    if (cut !== null && this.#isDelimiterLine(cut[0].trim())) end -= cut[0].length;
    return end;
  }
}

function setHeader(headers: Record<string, string>, name: string, value: string): void {
  if (Object.hasOwn(headers, name) || name === '__proto__' || Object.keys(headers).length >= 32) return;
  headers[name] = value;
}

/** A parameter of Content-Disposition, with or without quotes and spaces. */
function parameter(value: string, name: string): string | null {
  const found = new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(value);
  return found === null ? null : (found[1] ?? found[2] ?? '');
}

export interface MultipartBody {
  readonly parts: readonly Part[];
  readonly troubles: readonly MultipartTrouble[];
}

/** A whole push body. Without a boundary parameter the first line that begins with `--` is taken for it. */
export function parseMultipart(body: Uint8Array, contentType: string | undefined, limits = pushLimits): MultipartBody {
  const parts: Part[] = [];
  const troubles: MultipartTrouble[] = [];
  const boundary = boundaryOf(contentType) ?? sniffBoundary(body);
  if (boundary === null) return { parts, troubles: ['noBoundary'] };
  const reader = new MultipartReader(
    boundary,
    limits,
    (part) => parts.push(part),
    (trouble) => troubles.push(trouble),
  );
  reader.push(body);
  reader.end();
  return { parts, troubles };
}

function sniffBoundary(body: Uint8Array): string | null {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 300)).toString('latin1');
  return /^\s*--([^\s]{1,200})\r?\n/.exec(head)?.[1] ?? null;
}
