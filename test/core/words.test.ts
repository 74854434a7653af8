import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide/decide.ts';
import type { ReasonCode } from '../../src/core/decide/decision.ts';
import { rowRules } from '../../src/core/decide/row-rules.ts';
import { rules } from '../../src/core/decide/rules.ts';
import {
  explainDecision,
  explainReason,
  faultText,
  type Language,
  ruleName,
  words,
} from '../../src/core/words/words.ts';
import { ask, plate, row } from './decide-fixtures.ts';

const languages: readonly Language[] = ['zh', 'en'];
const codes: readonly string[] = Object.keys(words.zh.reasons);

function isCode(code: string): code is ReasonCode {
  return codes.includes(code);
}

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** Program text outside the words themselves and the configuration, whose findings have words of their own. */
function programText(): string {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^(core\/words|config|sim)\//.test(name))
    .map((name) => readFileSync(join(source, name), 'utf8'))
    .join('\n');
}

/** Codes that stand as a literal where a fault is raised. */
function raised(text: string): readonly string[] {
  const calls = /(?:\braise\(turn|\braiseLane\(t|#fault\(|this\.#problem\(|\bproblem\(),?\s*'([a-z][A-Za-z]+)'/g;
  return [...new Set([...text.matchAll(calls)].map((call) => call[1] ?? ''))];
}

function leaves(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`));
}

describe('the words', () => {
  it('are the same set in both languages, none empty, Chinese in Chinese and English without', () => {
    const zh = leaves(words.zh);
    const en = leaves(words.en);
    expect(en.map(([path]) => path).sort()).toEqual(zh.map(([path]) => path).sort());
    expect(zh.length).toBeGreaterThan(90);
    for (const [path, text] of zh) expect(text, path).toMatch(/\p{Script=Han}/u);
    for (const [path, text] of en) expect(text, path).toMatch(/^[A-Za-z][^\p{Script=Han}]*$/u);
  });

  it('use the punctuation of their language', () => {
    for (const [path, text] of leaves(words.zh)) expect(text, path).not.toMatch(/[,:;()]/);
    for (const [path, text] of leaves(words.en)) expect(text, path).not.toMatch(/[，：；（）。]/);
  });

  it('do not say 过期 (expired) of a stale reading', () => {
    for (const [path, text] of leaves(words.zh.faults)) expect(text, path).not.toContain('过期');
  });

  it('name each rule', () => {
    for (const { name } of [...rules, ...rowRules, { name: 'rowSecondFactor' }]) {
      for (const language of languages) expect(ruleName(name, language).length).toBeGreaterThan(1);
      expect(Object.keys(words.zh.rules)).toContain(name);
    }
    expect(ruleName('toString', 'zh')).toBe('toString');
  });

  it('give every reason a sentence even without facts', () => {
    for (const code of codes) {
      if (!isCode(code)) throw new TypeError(code);
      for (const language of languages) {
        const text = explainReason({ rule: 'x', code, verdict: 'denies', facts: {}, ageMs: null }, language);
        expect(text).not.toMatch(/undefined|null|NaN|\[object/u);
        expect(text.length).toBeGreaterThan(2);
      }
    }
  });
});

describe('an explanation', () => {
  it('fills in the facts', () => {
    const decision = decide(
      ask([row({})], { credentials: { plate: plate('京A12345', { confidence: 0.52 }), card: null } }),
    );
    expect(explainDecision(decision, 'zh')).toBe('转人工：车牌识别不可靠（置信度 52%，要求 80%）');
    expect(explainDecision(decision, 'en')).toContain('confidence 52%, required 80%');
  });

  it('says which colour was registered and which was read', () => {
    const credentials = { plate: plate('京A12345', { color: 'blue' }), card: null };
    const decision = decide(ask([row({ color: 'yellow' })], { credentials }));
    expect(explainDecision(decision, 'zh')).toBe('拒绝：车牌颜色不符：登记黄牌，识别为蓝牌');
  });

  it('names a rule that found nothing, and speaks up for an alarm that decided nothing', () => {
    const decision = decide(ask([row({ blocked: true })], { direction: 'out' }));
    const texts = decision.reasons.map((reason) => explainReason(reason, 'zh'));
    expect(texts).toContain('在黑名单中，请保安注意');
    expect(texts).toContain('验收：通过');
    expect(texts).toContain('人工放行：不适用');
  });
});

describe('a fault of a device', () => {
  it.each(['deviceSilent', 'driverFailed'])('%s says manual only of a board and of nothing else', (code) => {
    expect(faultText(code, 'portal')?.en).toContain('manual only');
    expect(faultText(code, 'portal')?.zh).toContain('只能人工操作');
    for (const role of ['camera', 'reader'] as const) {
      expect(faultText(code, role)?.en).not.toContain('manual only');
      expect(faultText(code, role)?.zh).not.toContain('只能人工操作');
    }
    expect(faultText(code, 'camera')?.en).toContain('plates of it are not received');
    expect(faultText(code, 'camera')?.zh).toContain('收不到它的车牌');
    expect(faultText(code, 'reader')?.en).toContain('cards shown at it are not read');
    expect(faultText(code, 'reader')?.zh).toContain('刷卡无效');
    expect(faultText(code)?.en).not.toContain('its lane is manual only');
  });

  it('is worded by its role in the language’s own punctuation', () => {
    for (const code of ['deviceSilent', 'driverFailed'])
      for (const role of ['portal', 'camera', 'reader'] as const) {
        expect(faultText(code, role)?.zh).not.toMatch(/[,:;()]/);
        expect(faultText(code, role)?.en).toMatch(/^[A-Za-z][^\p{Script=Han}]*$/u);
      }
  });
});

describe('a fault', () => {
  it('that the program raises has a text', () => {
    const codes = raised(programText());
    expect(codes.length).toBeGreaterThan(25);
    expect(codes.filter((code) => faultText(code) === null)).toEqual([]);
  });

  it('says what it does to the lane, in both languages', () => {
    for (const code of Object.keys(words.zh.faults)) {
      const text = faultText(code);
      expect(text?.zh.length, code).toBeGreaterThan(15);
      expect(text?.en.length, code).toBeGreaterThan(30);
    }
    expect(faultText('databaseRestored')?.en).not.toMatch(/close/i);
    expect(faultText('databaseRestored')?.zh).not.toMatch(/落杆/u);
    expect(faultText('motorTripped')).toBeNull();
    expect(faultText('motorTripped', 'camera')).toBeNull();
    expect(faultText('constructor', 'reader')).toBeNull();
    expect(faultText('constructor')).toBeNull();
  });
});
