/** Problems as a technician reads them on a terminal, and as a program reads them (ux.md §2). */
import { width } from './columns.ts';
import type { Problem } from './problem.ts';

export { width } from './columns.ts';

export type Language = 'zh' | 'en';

const severityWords = {
  zh: { error: '错误', warning: '警告', info: '提示' },
  en: { error: 'error', warning: 'warning', info: 'info' },
} as const;
const hintWord = { zh: '提示', en: 'hint' } as const;

export function formatProblem(problem: Problem, language: Language): string {
  const { file, line, col, endCol, excerpt, excerptCol } = problem;
  const severity = severityWords[language][problem.severity];
  const path = problem.path === '' ? '' : `  ${problem.path}`;
  const head = `${file}:${line}:${col}  ${severity}${path}  ${problem.message[language]}  [${problem.code}]`;
  const hint = problem.hint === null ? '' : `${hintWord[language]}: ${problem.hint[language]}`;
  if (excerpt === '') return hint === '' ? head : `${head}\n     ${hint}`;
  const number = String(line).padStart(5);
  const before = excerpt.slice(0, col - excerptCol);
  const marked = excerpt.slice(col - excerptCol, endCol - excerptCol);
  const carets = '^'.repeat(Math.max(1, Math.min(60, width(marked))));
  // Tabs stay tabs, so that the caret stands under what it means on any terminal.
  const pad = before.replace(/[^\t]+/g, (run) => ' '.repeat(width(run)));
  const shown = excerpt.replace(/[^\t\P{C}]/gu, '?');
  return `${head}\n${number} | ${shown}\n      | ${pad}${carets}${hint === '' ? '' : `  ${hint}`}`;
}

export function formatProblems(problems: readonly Problem[], language: Language, omitted = 0): string {
  const blocks = problems.map((problem) => formatProblem(problem, language));
  if (omitted > 0) blocks.push(language === 'zh' ? `另有 ${omitted} 条未列出` : `${omitted} more not listed`);
  return blocks.join('\n');
}

/** Shape of `gatehouse check --json`: one object a problem, both languages, places as numbers. */
export function problemsJson(
  problems: readonly Problem[],
  omitted = 0,
  further: Readonly<Record<string, unknown>> = {},
): string {
  const list = problems.map(({ sections, wholeFile: _, ...problem }) => ({
    ...problem,
    sections: sections.map(({ kind, id }) => ({ kind, id })),
  }));
  return JSON.stringify({ problems: list, omitted, ...further }, null, 2);
}
