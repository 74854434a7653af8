/** What `gatehouse check` reports: one finding with its place, its code and the section of the site that it darkens. */
import type { Text } from '../core/values.ts';
import { type Code, catalogue, type Params } from './errors.ts';

export type Severity = 'error' | 'warning' | 'info';
export type SectionKind =
  | 'site'
  | 'line'
  | 'device'
  | 'lane'
  | 'route'
  | 'interlock'
  | 'receiver'
  | 'store'
  | 'upstream';

/** A part of the site that stands or falls as one. `id` is `''` for the sections that exist once. */
export interface SectionRef {
  readonly kind: SectionKind;
  readonly id: string;
}

export function sectionKey(section: SectionRef): string {
  return section.id === '' ? section.kind : `${section.kind}:${section.id}`;
}

/** A place in a file: 1-based line and columns in UTF-16 units; `endCol` is exclusive. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  readonly endCol: number;
  /** The line's text with every secret in it masked; of a long line the part around the place, … where it is cut. */
  readonly excerpt: string;
  /** Column of the excerpt's first character. */
  readonly excerptCol: number;
}

export interface Problem extends Place {
  readonly severity: Severity;
  /** Dotted path in the merged configuration, e.g. `devices.b1.unit`. */
  readonly path: string;
  readonly code: Code;
  readonly message: Text;
  readonly hint: Text | null;
  /** Sections that this finding darkens; empty where it darkens none (or, with `wholeFile`, all of that file). */
  readonly sections: readonly SectionRef[];
  readonly wholeFile: boolean;
}

export interface Finding {
  readonly code: Code;
  /** Functions where they cost something: they are asked for listed findings only. */
  readonly params: Params | (() => Params);
  readonly place: Place | (() => Place);
  readonly path: string;
  readonly sections?: readonly SectionRef[];
  readonly wholeFile?: boolean;
}

const shownMax = 160;

function fill(template: string, params: Params): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => printable(String(params[name] ?? '')));
}

/** Terminal control characters and endless values of a hostile file never reach the screen. */
export function printable(text: string): string {
  const clean = text.replace(/\p{C}/gu, '?');
  return clean.length > shownMax ? `${clean.slice(0, shownMax)}…` : clean;
}

function hintOf(zh: string, en: string): Text | null {
  return zh === '' ? null : { zh, en };
}

export function problemOf(finding: Finding): Problem {
  const entry = catalogue[finding.code];
  const params = typeof finding.params === 'function' ? finding.params() : finding.params;
  const place = typeof finding.place === 'function' ? finding.place() : finding.place;
  const { hint } = entry;
  return {
    severity: entry.severity,
    code: finding.code,
    path: printable(finding.path),
    message: { zh: fill(entry.zh, params), en: fill(entry.en, params) },
    hint: hint === null ? null : hintOf(fill(hint.zh, params), fill(hint.en, params)),
    ...place,
    sections: finding.sections ?? [],
    wholeFile: finding.wholeFile ?? false,
  };
}

/** Findings kept for the reader; what lies beyond is only counted, so that a hostile file cannot fill the memory. */
export const problemsMax = 500;

export interface Problems {
  add(finding: Finding): void;
  readonly list: readonly Problem[];
  /** Keys of all sections with an error, also of findings beyond the limit. */
  readonly dark: ReadonlySet<string>;
  readonly omitted: number;
}

export function collectProblems(): Problems {
  const list: Problem[] = [];
  const dark = new Set<string>();
  let omitted = 0;
  return {
    list,
    dark,
    get omitted() {
      return omitted;
    },
    add(finding) {
      if (catalogue[finding.code].severity === 'error') {
        for (const section of finding.sections ?? []) dark.add(sectionKey(section));
      }
      if (list.length >= problemsMax) omitted += 1;
      else list.push(problemOf(finding));
    },
  };
}
