/** One entry of the catalogue: what is wrong and what to do about it, in both languages; `{name}` stands for a parameter. */
import type { Text } from '../core/values.ts';

export type Params = Readonly<Record<string, string | number>>;

export interface Entry extends Text {
  readonly severity: 'error' | 'warning' | 'info';
  /** What to do about it. */
  readonly hint: Text;
}

function entry(severity: Entry['severity']) {
  return (zh: string, en: string, hintZh: string, hintEn: string): Entry => ({
    severity,
    zh,
    en,
    hint: { zh: hintZh, en: hintEn },
  });
}

export const error = entry('error');
export const warning = entry('warning');
export const info = entry('info');
