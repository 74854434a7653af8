/** A complaint of a driver's own about what a technician wrote, in both languages (design.md "Numbers, names, style": errors). */
import type { z } from 'zod';
import type { Text } from '../core/values.ts';

/**
 * Adds an issue at `path` of the value that is being refined. zod's own messages are English only, so that `gatehouse check`
 * would mix languages: both texts travel in the issue's parameters, the advice beside them.
 * @param advice what to do about it; where it is left out, the check says what may stand there.
 */
export function unfit(
  context: z.core.$RefinementCtx,
  path: readonly (string | number)[],
  text: Text,
  advice?: Text | undefined,
): void {
  const hint = advice === undefined ? {} : { hintZh: advice.zh, hintEn: advice.en };
  context.addIssue({
    code: 'custom',
    path: [...path],
    message: text.en,
    params: { zh: text.zh, en: text.en, ...hint },
  });
}
