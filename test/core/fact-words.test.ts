/** What a guard reads of a decision's facts: every name and every word of a closed set, in both languages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsText } from '../../src/cli/decision-text.ts';
import { decide } from '../../src/core/decide/decide.ts';
import { factName, factValue, factWords } from '../../src/core/words/fact-words.ts';
import { explainReason } from '../../src/core/words/words.ts';
import type { Json } from '../../src/core/values.ts';
import { question } from './decide-questions.ts';

/** Ids and words of the site's own, and numbers with units of their own. */
const verbatim = new Set([
  ...['row', 'permit', 'lane', 'lanes', 'device', 'listVersion', 'window', 'windows', 'undefinedWindows'],
]);

const facts = new Map<string, Set<Json>>();
const sentences = { zh: new Set<string>(), en: new Set<string>() };
fc.assert(
  fc.property(question, (q) => {
    for (const reason of decide(q).reasons) {
      for (const language of ['zh', 'en'] as const) sentences[language].add(explainReason(reason, language));
      for (const [name, value] of Object.entries(reason.facts)) {
        const seen = facts.get(name) ?? new Set();
        for (const one of Array.isArray(value) ? value : [value]) seen.add(one as Json);
        facts.set(name, seen);
      }
    }
  }),
  { numRuns: 8000, seed: 20_261_124 },
);

// Said beside the rules, by the lane that is one of an interlock.
facts.set('others', new Set(['inner']));
verbatim.add('others');

describe('the facts of decisions', () => {
  it('have a name each in both languages, and no name is idle', () => {
    expect([...facts.keys()].filter((name) => factName(name, 'zh') === null)).toEqual([]);
    expect([...facts.keys()].sort()).toEqual(Object.keys(factWords.zh.names).sort());
    expect(Object.keys(factWords.en.names).sort()).toEqual(Object.keys(factWords.zh.names).sort());
    for (const [name, text] of Object.entries(factWords.zh.names)) expect(text, name).toMatch(/^\p{Script=Han}+$/u);
  });

  it('have values in the reader’s language, but for ids and the site’s own words', () => {
    for (const [name, values] of facts) {
      if (verbatim.has(name)) continue;
      for (const value of values) {
        expect(factValue(name, value, 'zh'), `${name} ${String(value)}`).not.toMatch(/[A-Za-z]{2}/);
        expect(factValue(name, value, 'en'), `${name} ${String(value)}`).not.toMatch(/\p{Script=Han}/u);
      }
    }
  });

  it('stand in Chinese sentences without a Latin word or half-width punctuation', () => {
    const own = /east-in|west-in|residents|office|night|missing/g;
    for (const sentence of sentences.zh) {
      expect(sentence.replace(own, ''), sentence).not.toMatch(/[A-Za-z]|[,:;()]/);
    }
    for (const sentence of sentences.en) expect(sentence).not.toMatch(/\p{Script=Han}|[，：；（）]/u);
  });

  it('are put together in the punctuation of the language', () => {
    const shown = [
      ['category', 'resident'],
      ['mode', 'lockedDown'],
      ['presentMs', 10_000],
      ['validTo', Date.UTC(2026, 9, 1, 4)],
    ] as const;
    const timezone = 'Asia/Shanghai';
    const zh = factsText(shown, { language: 'zh', timezone, say: (text) => text });
    expect(zh).toMatch(/^（类别：住户，模式：封闭，已停留：10\.0 秒，失效：2026-10-01 12:00.*）$/);
    const en = factsText(shown, { language: 'en', timezone, say: (_, text) => text });
    expect(en).toMatch(/\[category=resident, mode=locked down, has stood=10\.0 s, to=2026-10-01 12:00/);
  });

  it('never throw, whatever an old journal holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (name, value) => {
        expect(typeof factValue(name, value as Json, 'zh')).toBe('string');
      }),
    );
    expect(factName('constructor', 'zh')).toBeNull();
    expect(factValue('mode', 'constructor', 'zh')).toBe('constructor');
  });
});
