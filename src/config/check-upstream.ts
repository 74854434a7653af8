/** Checks of the way to the platform: its files are there and closed to others, hold what they are named for, and go together. */
import type { Wall } from '../core/values.ts';
import { causeWords } from './cause-words.ts';
import { checkPems } from './check-pems.ts';
import { sectionOf, type Parts, tell } from './parts.ts';
import type { PemShape } from './pem.ts';
import type { Problems } from './problem.ts';
import type { ProbeSecret, SecretRef } from './secrets.ts';

type FileKey = 'passwordFile' | 'passwordEnv' | PemKeyName;
type PemKeyName = 'caFile' | 'certFile' | 'keyFile';

const keys: readonly FileKey[] = ['passwordFile', 'passwordEnv', 'caFile', 'certFile', 'keyFile'];
/** What anybody may read: certificates are shown to whoever connects. */
const open: ReadonlySet<FileKey> = new Set<FileKey>(['caFile', 'certFile']);

function isPem(key: FileKey): key is PemKeyName {
  return !key.startsWith('password');
}

/** By what is in the file, where that was looked at: a private key may stand beside the certificate. */
function holdsSecret(key: FileKey, pem: PemShape | undefined): boolean {
  return pem === undefined ? !open.has(key) : pem.keys.length > 0;
}

/** @param nowWall milliseconds since 1970: certificates have an end. */
export function checkUpstream(parts: Parts, problems: Problems, nowWall: Wall, probe: ProbeSecret): void {
  const { upstream } = parts;
  const section = sectionOf(parts, { kind: 'upstream', id: '' });
  if (section === null || upstream === null) return;
  const found = (code: Parameters<typeof tell>[2], params: Readonly<Record<string, string | number>>, key: string) =>
    tell(problems, section, code, params, [key], 'value');
  const pems = new Map<PemKeyName, { readonly what: string; readonly pem: PemShape }>();
  for (const key of keys) {
    const name = upstream[key];
    if (name === undefined) continue;
    const ref: SecretRef = { name, from: key === 'passwordEnv' ? 'env' : 'file', path: [key] };
    const state = probe(ref, isPem(key) ? 'pem' : undefined);
    const what = `${ref.from === 'env' ? '$' : ''}${name}`;
    if (!state.ok) {
      const { zh, en } = causeWords(state.why);
      found(isPem(key) ? 'E-PEM-READ' : 'E-SECRET-READ', { what, why: zh, whyEn: en }, key);
      continue;
    }
    if (!isPem(key) && state.lines > 1) found('E-SECRET-LINES', { what, lines: state.lines }, key);
    else if (state.worldReadable && holdsSecret(key, state.pem)) found('W-SECRET-OPEN', { what }, key);
    if (isPem(key) && state.pem !== undefined) pems.set(key, { what, pem: state.pem });
  }
  checkPems(pems, nowWall, found);
  checkPassword(parts, problems);
  const pair = [upstream.certFile, upstream.keyFile].filter((name) => name !== undefined).length;
  if (pair === 1) found('E-UPSTREAM-PAIR', {}, upstream.certFile === undefined ? 'keyFile' : 'certFile');
  if (!upstream.tls && upstream.certFile === undefined && upstream.keyFile === undefined)
    tell(problems, section, 'W-UPSTREAM-PLAIN', { host: upstream.host }, ['tls'], 'value');
  else if (!upstream.tls) found('E-UPSTREAM-TLS', {}, upstream.certFile === undefined ? 'keyFile' : 'certFile');
}

function checkPassword({ upstream, sections }: Parts, problems: Problems): void {
  const section = sections.get('upstream');
  if (section === undefined || upstream === null) return;
  const written = (['passwordFile', 'passwordEnv'] as const).filter((key) => upstream[key] !== undefined);
  const [first, second] = written;
  if (second !== undefined)
    tell(problems, section, 'E-SECRET-TWICE', { file: 'passwordFile', env: 'passwordEnv' }, [second], 'key');
  if (first !== undefined && upstream.user === undefined)
    tell(problems, section, 'E-UPSTREAM-USER', { key: first }, [first], 'key');
}
