/** A decision with every rule that was tried, in order, and what each looked at. */
import type { RecordedDecision, RecordedReason } from '../core/decide/decision.ts';
import type { Json } from '../core/values.ts';
import { factName, factValue } from '../core/words/fact-words.ts';
import { explainDecision, explainReason, ruleName } from '../core/words/words.ts';
import { width } from '../config/format.ts';
import { wallText } from './local-time.ts';
import { marks } from './record-line.ts';
import type { Settings } from './settings.ts';
import { ageText, padTo, plain } from './text-layout.ts';

const verdictMarks: Readonly<Record<RecordedReason['verdict'], string>> = {
  grants: '✓',
  denies: '✕',
  refers: '?',
  passes: '·',
  notApplicable: '·',
};

export function verdictLine(decision: RecordedDecision, { language }: Settings): string {
  return `${marks[decision.outcome] ?? '·'} ${explainDecision(decision, language)}`;
}

export function reasonLines(decision: RecordedDecision, settings: Settings): readonly string[] {
  const { language, say } = settings;
  const names = decision.reasons.map((reason) => ruleName(reason.rule, language));
  const common = commonFacts(decision.reasons);
  const widest = Math.max(0, ...names.map(width));
  const lines = decision.reasons.map((reason, at) => {
    const name = padTo(names[at] ?? '', widest);
    const sentence = withoutName(explainReason(reason, language), names[at] ?? '');
    const facts = factsText(
      Object.entries(reason.facts ?? {}).filter(([name]) => !common.has(name)),
      settings,
    );
    const ageMs = reason.ageMs ?? null;
    const age = ageMs === null ? '' : say(`  数据 ${ageText(ageMs, say)}前`, `  data ${ageText(ageMs, say)} old`);
    return `  ${verdictMarks[reason.verdict]} ${name}  ${sentence}${facts}${age}`;
  });
  const shared = factsText([...common], settings);
  return shared === '' ? lines : [...lines, `  ${say('以上共同：', 'all of these:')}${shared}`];
}

/** The rule's name stands in its own column; elsewhere in the sentence the same word means itself. */
function withoutName(sentence: string, name: string): string {
  const head = [`${name}:`, `${name}：`].find((start) => sentence.startsWith(start));
  return (head === undefined ? sentence : sentence.slice(head.length)).trim();
}

const COMMON_FROM = 5;

/** Facts that many rules looked at and found the same, such as the row of the list: said once. */
function commonFacts(reasons: readonly RecordedReason[]): ReadonlyMap<string, Json> {
  const seen = new Map<string, { readonly value: Json; readonly times: number; readonly same: boolean }>();
  for (const reason of reasons)
    for (const [name, value] of Object.entries(reason.facts ?? {})) {
      const before = seen.get(name);
      const same = before === undefined || (before.same && JSON.stringify(before.value) === JSON.stringify(value));
      seen.set(name, { value, times: (before?.times ?? 0) + 1, same });
    }
  return new Map(
    [...seen].flatMap(([name, { value, times, same }]) => (same && times >= COMMON_FROM ? [[name, value]] : [])),
  );
}

const instants = new Set(['validFrom', 'validTo']);

/** In words; an instant in the time of the site, an id or a word of the site's own as it is. */
export function factsText(
  facts: readonly (readonly [string, Json])[],
  settings: Pick<Settings, 'language' | 'say' | 'timezone'>,
): string {
  const { language, say } = settings;
  const shown = facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => {
      const isInstant = typeof value === 'number' && instants.has(name);
      const text = isInstant ? wallText(value, settings.timezone) : factValue(name, value, language);
      return say(`${factName(name, language) ?? name}：${text}`, `${factName(name, language) ?? name}=${text}`);
    });
  return shown.length === 0 ? '' : say(`（${plain(shown.join('，'))}）`, `  [${plain(shown.join(', '))}]`);
}
