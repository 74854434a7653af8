/** Checks of the way to the platform: its files are there and closed to others, and go together. */
import { causeWords } from './cause-words.ts';
import { sectionOf, type Parts, tell } from './parts.ts';
import type { Problems } from './problem.ts';
import type { ProbeSecret, SecretRef } from './secrets.ts';

type FileKey = 'passwordFile' | 'passwordEnv' | 'caFile' | 'certFile' | 'keyFile';

const keys: readonly FileKey[] = ['passwordFile', 'passwordEnv', 'caFile', 'certFile', 'keyFile'];
/** What anybody may read: certificates are shown to whoever connects. */
const open: ReadonlySet<FileKey> = new Set<FileKey>(['caFile', 'certFile']);

export function checkUpstream(parts: Parts, problems: Problems, probe: ProbeSecret): void {
  const { upstream } = parts;
  const section = sectionOf(parts, { kind: 'upstream', id: '' });
  if (section === null || upstream === null) return;
  const found = (code: Parameters<typeof tell>[2], params: Readonly<Record<string, string | number>>, key: string) =>
    tell(problems, section, code, params, [key], 'value');
  for (const key of keys) {
    const name = upstream[key];
    if (name === undefined) continue;
    const ref: SecretRef = { name, from: key === 'passwordEnv' ? 'env' : 'file', path: [key] };
    const state = probe(ref);
    const what = `${ref.from === 'env' ? '$' : ''}${name}`;
    if (!state.ok) {
      const { zh, en } = causeWords(state.why);
      found(key.startsWith('password') ? 'E-SECRET-READ' : 'E-PEM-READ', { what, why: zh, whyEn: en }, key);
    } else if (key.startsWith('password') && state.lines > 1)
      found('E-SECRET-LINES', { what, lines: state.lines }, key);
    else if (state.worldReadable && !open.has(key)) found('W-SECRET-OPEN', { what }, key);
  }
  const pair = [upstream.certFile, upstream.keyFile].filter((name) => name !== undefined).length;
  if (pair === 1) found('E-UPSTREAM-PAIR', {}, upstream.certFile === undefined ? 'keyFile' : 'certFile');
  if (!upstream.tls && upstream.certFile === undefined && upstream.keyFile === undefined)
    tell(problems, section, 'W-UPSTREAM-PLAIN', { host: upstream.host }, ['tls'], 'value');
  else if (!upstream.tls) found('E-UPSTREAM-TLS', {}, upstream.certFile === undefined ? 'keyFile' : 'certFile');
}
