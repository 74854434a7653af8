/** Reads a reason's facts for a sentence; whatever is missing or of another type reads as a dash, never throws. */
import type { JsonObject } from '../values.ts';
import { factValue } from './fact-words.ts';
import type { Language } from './terms.ts';

export interface FactReader {
  /** As it is; `word` translates what has a word. */
  readonly text: (name: string) => string;
  readonly word: (name: string) => string;
  /** Instant as `YYYY-MM-DD HH:MM` of the site is the screen's work; here the list of words, joined. */
  readonly list: (name: string) => string;
  /** Of a duration in milliseconds. */
  readonly seconds: (name: string) => string;
  readonly percent: (name: string) => string;
  readonly is: (name: string, value: string | boolean) => boolean;
}

export function factReader(facts: JsonObject, language: Language): FactReader {
  return {
    text: (name) => plain(facts[name]),
    word: (name) => (plain(facts[name]) === '–' ? '–' : factValue(name, facts[name] ?? null, language)),
    list: (name) => listed(facts[name], language),
    seconds: (name) => seconds(facts[name]),
    percent: (name) => percent(facts[name]),
    is: (name, value) => facts[name] === value,
  };
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '–';
}

function listed(value: unknown, language: Language): string {
  return Array.isArray(value) && value.length > 0 ? value.map(plain).join(language === 'zh' ? '、' : ', ') : '–';
}

function seconds(value: unknown): string {
  return typeof value === 'number' ? String(Math.round(value / 1000)) : '–';
}

function percent(value: unknown): string {
  return typeof value === 'number' ? `${Math.round(value * 100)}%` : '–';
}
