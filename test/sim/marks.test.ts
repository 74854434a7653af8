import { expect, it } from 'vitest';
import { edges } from '../../scripts/sim/edges.ts';
import { BEYOND, reachOf } from '../../scripts/sim/marks.ts';
import { reasonsEn } from '../../src/core/words/reasons-en.ts';
import { marksOf } from '../../src/sim/law/marks-of.ts';

const now = { mono: 0, wall: 0, wallTrusted: true };

it('an edge that was taken counts as reached, the others are named', () => {
  const { edges: reach } = reachOf({ 'boom closed → opening': 3 });
  expect(reach.reached).toEqual(['boom closed → opening']);
  expect(reach.unreached).toHaveLength(edges.length - 1);
});

it('an edge that no list names is shown as such', () => {
  expect(reachOf({ 'boom open → opening': 1, 'record passage': 1 }).unlisted).toEqual(['boom open → opening']);
});

it('a reason whose name begins another one’s is not reached by that', () => {
  expect(reachOf({ 'reason referred noPlateAtAll': 1 }).reasons.unreached).toContain('noPlate');
  expect(reachOf({ 'reason referred noPlate': 1 }).reasons.reached).toEqual(['noPlate']);
});

it('what is beyond level 1 stands apart with its reason, and is a reason or fault of the core', () => {
  const { reasons } = reachOf({});
  expect(reasons.beyond.replayed).toContain('never decided');
  expect(reasons.unreached).not.toContain('replayed');
  expect(Object.keys(BEYOND).filter((code) => !(code in reasonsEn))).toEqual([]);
});

it('a claim that a person ends and one that ends by its time are two edges', () => {
  const ended = (via: string) =>
    marksOf({ ref: 1, kind: 'claimEnded', lane: 'l1', at: now, cause: null, body: { key: 'h', purpose: 'hold', via } });
  expect([...ended('screen'), ...ended('expiry')]).toEqual([
    'claim hold ended by person',
    'claim hold ended by expiry',
  ]);
  for (const mark of ended('count')) expect(edges).toContain(mark);
});
