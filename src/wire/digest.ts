/** HTTP Digest (RFC 7616; without qop as RFC 2069 for old cameras), both sides. Basic is never answered nor offered. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Mono } from '../core/values.ts';
import { sameSecret } from './secret.ts';

export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'MD5-sess' | 'SHA-256-sess';

/** Strongest first (RFC 7616 §3.7). */
const algorithms: readonly DigestAlgorithm[] = ['SHA-256', 'SHA-256-sess', 'MD5', 'MD5-sess'];

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: DigestAlgorithm;
  readonly qop: 'auth' | null;
  readonly stale: boolean;
}

interface Proof {
  readonly realm: string;
  readonly nonce: string;
  readonly nc: string;
  readonly cnonce: string;
  readonly qop: 'auth' | null;
  readonly algorithm: DigestAlgorithm;
  readonly method: string;
  readonly uri: string;
}

/**
 * Text as header fields carry it: its UTF-8 bytes, each as one character, as browsers send them. Cameras compare bytes; the
 * `username*` of RFC 7616 is unknown to them, and characters above U+00FF are no header to Node.
 */
function onTheWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** RFC 7616 §3.4.1. The proof's texts are as the header carries them, one character a byte. */
export function digestResponse(credentials: Credentials, proof: Proof): string {
  const name = proof.algorithm.startsWith('SHA-256') ? 'sha256' : 'md5';
  const hash = (text: string): string => createHash(name).update(text, 'latin1').digest('hex');
  const plain = hash(`${onTheWire(credentials.user)}:${proof.realm}:${onTheWire(credentials.password)}`);
  const a1 = proof.algorithm.endsWith('-sess') ? hash(`${plain}:${proof.nonce}:${proof.cnonce}`) : plain;
  const a2 = hash(`${proof.method}:${proof.uri}`);
  if (proof.qop === null) return hash(`${a1}:${proof.nonce}:${a2}`);
  return hash(`${a1}:${proof.nonce}:${proof.nc}:${proof.cnonce}:auth:${a2}`);
}

/** `Digest a=b, c="d"` → parameters with lower-case names; several challenges in one header are told apart by scheme words. */
export function parseAuthHeader(
  header: string,
): readonly { readonly scheme: string; readonly params: Map<string, string> }[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  const token =
    /\s*,?\s*(?:([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([A-Za-z][A-Za-z0-9-]*)(?=\s|,|$))/y;
  const text = header.slice(0, 4096);
  while (token.lastIndex < text.length) {
    const at = token.exec(text);
    if (at === null) break;
    if (at[4] !== undefined) found.push({ scheme: at[4].toLowerCase(), params: new Map() });
    else found.at(-1)?.params.set((at[1] ?? '').toLowerCase(), (at[2] ?? at[3] ?? '').replace(/\\(.)/g, '$1'));
  }
  return found;
}

export class DigestClient {
  readonly #credentials: Credentials;
  readonly #makeCnonce: () => string;
  #challenge: Challenge | null = null;
  #count = 0;

  constructor(credentials: Credentials, makeCnonce: () => string = () => randomBytes(8).toString('hex')) {
    this.#credentials = credentials;
    this.#makeCnonce = makeCnonce;
  }

  /** The nonce that the next request is signed with; `null` before the first challenge. */
  get nonce(): string | null {
    return this.#challenge?.nonce ?? null;
  }

  /** Takes the 401's header. `unsupported`: Basic or an unknown scheme only; nothing is ever sent for those. */
  take(header: string): 'usable' | 'stale' | 'unsupported' {
    const offered = parseAuthHeader(header).flatMap((each) => {
      const challenge = each.scheme === 'digest' ? readChallenge(each.params) : null;
      return challenge === null ? [] : [challenge];
    });
    const best = algorithms.flatMap((algorithm) => offered.filter((each) => each.algorithm === algorithm))[0];
    if (best === undefined) return 'unsupported';
    this.#challenge = best;
    this.#count = 0;
    return best.stale ? 'stale' : 'usable';
  }

  /** The Authorization header for the next request, `nc` rising by one each time; `null` before the first challenge. */
  authorize(method: string, uri: string): string | null {
    const challenge = this.#challenge;
    if (challenge === null) return null;
    this.#count += 1;
    const nc = this.#count.toString(16).padStart(8, '0');
    const cnonce = this.#makeCnonce();
    const response = digestResponse(this.#credentials, { ...challenge, nc, cnonce, method, uri });
    const fields = [
      `username="${quoted(onTheWire(this.#credentials.user))}"`,
      `realm="${quoted(challenge.realm)}"`,
      `nonce="${quoted(challenge.nonce)}"`,
      `uri="${uri}"`,
      `response="${response}"`,
      `algorithm=${challenge.algorithm}`,
    ];
    if (challenge.qop !== null) fields.push('qop=auth', `nc=${nc}`);
    if (challenge.qop !== null || challenge.algorithm.endsWith('-sess')) fields.push(`cnonce="${cnonce}"`);
    if (challenge.opaque !== null) fields.push(`opaque="${quoted(challenge.opaque)}"`);
    return `Digest ${fields.join(', ')}`;
  }
}

function readChallenge(params: Map<string, string>): Challenge | null {
  const [realm, nonce] = [params.get('realm'), params.get('nonce')];
  const algorithm = algorithmOf(params.get('algorithm'));
  if (realm === undefined || nonce === undefined || nonce === '' || algorithm === null) return null;
  const qops =
    params
      .get('qop')
      ?.split(',')
      .map((each) => each.trim().toLowerCase()) ?? null;
  if (qops !== null && !qops.includes('auth')) return null;
  const stale = params.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, opaque: params.get('opaque') ?? null, algorithm, qop: qops === null ? null : 'auth', stale };
}

function algorithmOf(stated: string | undefined): DigestAlgorithm | null {
  if (stated === undefined) return 'MD5';
  return algorithms.find((each) => each.toLowerCase() === stated.trim().toLowerCase()) ?? null;
}

function quoted(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}

export interface DigestServerOptions {
  readonly realm: string;
  readonly credentials: Credentials;
  /** A nonce is good for this long; older ones are answered `stale`. */
  readonly nonceForMs: number;
  /** Nonces whose counters are kept; the oldest is forgotten, and then stale. */
  readonly maxNonces?: number | undefined;
}

export class DigestServer {
  readonly #options: DigestServerOptions;
  readonly #key = randomBytes(32);
  /** Highest counter seen by nonce, oldest first. Only nonces that proved the password get an entry. */
  readonly #counters = new Map<string, number>();
  #forgottenUpTo = -1;

  constructor(options: DigestServerOptions) {
    this.#options = options;
  }

  /** Values of WWW-Authenticate, the strongest first. */
  challenges(now: Mono, stale: boolean): readonly string[] {
    const nonce = this.#nonce(Math.floor(now));
    const rest = `realm="${this.#options.realm}", qop="auth", nonce="${nonce}"${stale ? ', stale=true' : ''}`;
    return [`Digest ${rest}, algorithm=SHA-256`, `Digest ${rest}, algorithm=MD5`];
  }

  /** `stale`: the right password with a nonce that is too old; the client may try again at once. */
  verify(
    header: string | undefined,
    method: string,
    uri: string,
    now: Mono,
  ): 'granted' | 'stale' | 'refused' | 'absent' {
    const given = parseAuthHeader(header ?? '')[0];
    if (header === undefined || given === undefined || given.scheme !== 'digest') return 'absent';
    const field = (name: string): string => given.params.get(name) ?? '';
    const algorithm = algorithmOf(given.params.get('algorithm'));
    const nc = field('nc');
    if (algorithm === null || field('qop').toLowerCase() !== 'auth' || !/^[0-9a-f]{8}$/i.test(nc)) return 'refused';
    if (field('uri') !== uri || field('realm') !== this.#options.realm) return 'refused';
    const issued = this.#issuedAt(field('nonce'));
    if (issued === null) return 'stale';
    const proof = { realm: field('realm'), nonce: field('nonce'), nc, cnonce: field('cnonce'), qop: 'auth' as const };
    const expected = digestResponse(this.#options.credentials, { ...proof, algorithm, method, uri });
    const named = sameSecret(field('username'), onTheWire(this.#options.credentials.user));
    if (!sameSecret(field('response').toLowerCase(), expected) || !named) return 'refused';
    if (now - issued > this.#options.nonceForMs || issued <= this.#forgottenUpTo) return 'stale';
    return this.#count(field('nonce'), issued, Number.parseInt(nc, 16)) ? 'granted' : 'stale';
  }

  /** RFC 7616 §3.4 nc: a counter that does not rise is a replay. */
  #count(nonce: string, issued: number, nc: number): boolean {
    if (nc <= (this.#counters.get(nonce) ?? 0)) return false;
    this.#counters.delete(nonce);
    this.#counters.set(nonce, nc);
    const oldest = this.#counters.keys().next().value;
    if (this.#counters.size > (this.#options.maxNonces ?? 64) && oldest !== undefined) {
      // A forgotten counter must not make its nonce new again.
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, Math.min(this.#issuedAt(oldest) ?? -1, issued - 1));
      this.#counters.delete(oldest);
    }
    return true;
  }

  #nonce(at: number): string {
    const salt = randomBytes(6).toString('hex');
    return `${at.toString(16)}-${salt}-${this.#sign(at.toString(16), salt)}`;
  }

  #issuedAt(nonce: string): number | null {
    const [at, salt, signature] = nonce.split('-');
    if (at === undefined || salt === undefined || signature === undefined) return null;
    return sameSecret(signature, this.#sign(at, salt)) ? Number.parseInt(at, 16) : null;
  }

  #sign(at: string, salt: string): string {
    return createHmac('sha256', this.#key).update(`${at}-${salt}`).digest('hex').slice(0, 32);
  }
}
