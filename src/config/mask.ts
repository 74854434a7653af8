/** Keeps secrets out of every excerpt and message: what stands beside a secret's name is never shown. */

const secretName = /(pass(word|wd|phrase)?|pwd|secret|token|api-?key|psk|credential|密码|口令)/i;

/** True for a key whose value must not be shown; `passwordFile` and `passwordEnv` only say where a secret is. */
export function namesSecret(key: string): boolean {
  return secretName.test(key) && !/(File|Env)$/.test(key);
}

/** Ranges of the text, start inclusive, that must not be shown. */
export interface Masked {
  readonly start: number;
  readonly end: number;
}

/** `key: value` pairs found without a parser, for files that are too broken to have nodes. */
const pair = /(["']?)([\p{L}\w-]{1,40})\1\s*[:=：]\s*("[^"\n]*"?|'[^'\n]*'?|[^,}\n#]+)/gu;

export function maskLine(text: string): string {
  return text.replace(pair, (whole: string, _quote: string, key: string, value: string) =>
    namesSecret(key) ? whole.slice(0, whole.length - value.length) + '*'.repeat(value.length) : whole,
  );
}

/** Blanks the given ranges of one line that begins at offset `start`; columns stay where they are. */
export function maskRanges(text: string, start: number, ranges: readonly Masked[]): string {
  let shown = text;
  for (const range of ranges) {
    const from = Math.max(0, range.start - start);
    const to = Math.min(text.length, range.end - start);
    if (from < to) shown = shown.slice(0, from) + '*'.repeat(to - from) + shown.slice(to);
  }
  return shown;
}
