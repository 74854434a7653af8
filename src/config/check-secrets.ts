/** Checks of secrets by their shape alone: there, readable by this program only, one line, and long enough where it is all that guards. */
import { causeWords } from './cause-words.ts';
import { type Parts, type ParsedDevice, sectionOf, tell } from './parts.ts';
import type { Problems } from './problem.ts';
import type { ProbeSecret } from './secrets.ts';

/** Whoever knows a push secret is the camera; 16 characters of `openssl rand -hex` are 64 bits, which no network tries out. */
const pushLengthMin = 16;

export function checkSecrets(parts: Parts, device: ParsedDevice, problems: Problems, probe: ProbeSecret): void {
  const section = sectionOf(parts, { kind: 'device', id: device.id });
  if (section === null) return;
  const pathSecret = pushSecretOf(device);
  for (const { path } of device.secrets.filter(({ from }) => from === 'env')) {
    const [env, file] = [String(path.at(-1)), String(path.at(-1)).replace(/Env$/, 'File')];
    const place = [...path.slice(0, -1), file].join('.');
    if (device.secrets.some((other) => other.path.join('.') === place))
      tell(problems, section, 'E-SECRET-TWICE', { file, env }, path, 'key');
  }
  for (const secret of device.secrets) {
    const state = probe(secret);
    const what = `${secret.from === 'env' ? '$' : ''}${secret.name}`;
    const found = (code: Parameters<typeof tell>[2], params = {}) =>
      tell(problems, section, code, { what, ...params }, secret.path, 'value');
    if (!state.ok) {
      const { zh, en } = causeWords(state.why);
      found('E-SECRET-READ', { why: zh, whyEn: en });
      continue;
    }
    if (state.worldReadable) found('W-SECRET-OPEN');
    if (state.lines > 1) found('E-SECRET-LINES', { lines: state.lines });
    else if (secret.name !== pathSecret) continue;
    else if (state.length < pushLengthMin) found('E-SECRET-SHORT', { length: state.length, min: pushLengthMin });
    else if (!state.fitsUrl) found('E-SECRET-PATH');
  }
}

/** Name of the secret that ends the device's push URL; null where it does not push. */
function pushSecretOf(device: ParsedDevice): string | null {
  if (!device.pushes) return null;
  // The registry has forgotten the type that this driver's own schema has established.
  return device.driver.pushAccess?.(device.config as never)?.pathSecret ?? null;
}
