/** Every rule that was tried is on record (I11), and each fact once: a day of cars must fit a small disk and a slow line. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide/decide.ts';
import { rules } from '../../src/core/decide/rules.ts';
import { rowRules } from '../../src/core/decide/row-rules.ts';
import { ask, lane, row } from './decide-fixtures.ts';
import { arrives, gate } from './lane-fixtures.ts';

describe('the record of an ordinary grant', () => {
  it('has every rule and stays below 3,500 characters', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.run(300);
    const [record] = world.ofKind('decision');
    expect(record?.body.outcome).toBe('granted');
    const tried = new Set(record?.decision?.reasons.map((reason) => reason.rule));
    for (const { name } of [...rules, ...rowRules]) expect(tried).toContain(name);
    expect(JSON.stringify(record?.decision).length).toBeLessThan(3500);
  });

  it('says once who the row is, and in every rule about it which row it was', () => {
    const { reasons } = decide(ask([row({ id: 'r1', validTo: 1 })], { direction: 'in', lane: lane({}) }));
    const about = reasons.filter(({ rule }) => rule.startsWith('row'));
    expect(about.length).toBeGreaterThan(rowRules.length);
    for (const { facts } of about) expect(facts).toMatchObject({ row: 'r1' });
    for (const { facts } of about) expect(facts).not.toHaveProperty('category');
    const whole = { row: 'r1', permit: 'permit-1', category: 'resident', credential: 'plate' };
    expect(reasons.filter(({ facts }) => 'category' in facts).map(({ rule, facts }) => [rule, facts])).toEqual([
      ['permit', whole],
    ]);
  });

  it('gives ages in whole milliseconds', () => {
    const asked = ask([row({})], { direction: 'in' });
    const facts = asked.facts === null ? null : { ...asked.facts, listAgeMs: 1234.56789 };
    const ages = decide({ ...asked, facts, ages: { presence: 80.4, plate: 300.6, mode: 9.1 } }).reasons.flatMap(
      ({ ageMs }) => ageMs ?? [],
    );
    expect(ages.length).toBeGreaterThan(0);
    for (const age of ages) expect(Number.isInteger(age)).toBe(true);
  });
});
