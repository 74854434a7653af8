/** Reads a reason's facts for a sentence; whatever is missing or of another type reads as a dash, never throws. */
import type { JsonObject } from '../values.ts';

export interface FactReader {
  readonly text: (name: string) => string;
  /** Instant as `YYYY-MM-DD HH:MM` of the site is the screen's work; here the list of words, joined. */
  readonly list: (name: string) => string;
  readonly percent: (name: string) => string;
  readonly is: (name: string, value: string | boolean) => boolean;
}

export function factReader(facts: JsonObject): FactReader {
  return {
    text: (name) => plain(facts[name]),
    list: (name) => listed(facts[name]),
    percent: (name) => percent(facts[name]),
    is: (name, value) => facts[name] === value,
  };
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '–';
}

function listed(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? value.map(plain).join(', ') : '–';
}

function percent(value: unknown): string {
  return typeof value === 'number' ? `${Math.round(value * 100)}%` : '–';
}
