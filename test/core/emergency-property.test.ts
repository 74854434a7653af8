import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeKey } from '../../src/core/emergency/cause.ts';
import { levelOf } from '../../src/core/lane/inputs.ts';
import type { RouteModel } from '../../src/core/site-model.ts';
import { laneOf, north, out, person, road, siren } from './emergency-world.ts';
import type { World } from './lane-harness.ts';

/** The laws of `lane-laws.ts` hold at every step of these; what is checked here spans lanes. */
const lanes = [laneOf('in', {}, [siren]), laneOf('out', out), laneOf('side')];
const ids = ['in', 'out', 'side'] as const;
const boards = ids.map((id) => `${id}-board`);
const roads: readonly (readonly RouteModel[])[] = [[north], [], [{ ...north, lanes: ['side', 'in'] }]];

type Deed = readonly [string, (world: World) => void];
const lane = fc.constantFrom(...ids);
const board = fc.constantFrom(...boards);
const deeds: fc.Arbitrary<Deed> = fc.oneof(
  fc.integer({ min: 1, max: 90 }).map((n): Deed => [`run ${n * 100}`, (w) => w.run(n * 100)]),
  fc
    .tuple(fc.constantFrom('fire', 'button', 'emergency', 'arming', 'obstruction'), fc.boolean(), board)
    .map(([name, on, of]): Deed => [`${of}.${name} ${on}`, (w) => w.set(name, on, of)]),
  fc.tuple(lane, fc.constantFrom('fire', 'button', 'emergency')).map(([id, role]): Deed => {
    const key = `${role}:${id}-board.${role}`;
    return [`release ${key}`, (w) => w.request({ kind: 'releaseClaim', lane: id, by: person, key })];
  }),
  fc.constantFrom('route', 'site').map((kind): Deed => {
    const reach = kind === 'route' ? { kind: 'route' as const, route: 'north' } : { kind: 'site' as const };
    return [`order ${kind}`, (w) => w.request({ kind: 'emergency', reach, by: person, reason: '' })];
  }),
  fc.constantFrom('route', 'site').map((kind): Deed => {
    const reach = kind === 'route' ? { kind: 'route' as const, route: 'north' } : { kind: 'site' as const };
    return [`drill ${kind}`, (w) => w.request({ kind: 'drill', reach, by: person, note: '' })];
  }),
  lane.map(
    (id): Deed => [
      'release order',
      (w) => w.request({ kind: 'releaseClaim', lane: id, by: person, key: 'order:site' }),
    ],
  ),
  board.map((of): Deed => [`silence ${of}`, (w) => w.silence(of)]),
  board.map((of): Deed => [`return ${of}`, (w) => w.bringBack(of)]),
  fc.constantFrom(...roads).map((routes): Deed => ['reload', (w) => w.replace(lanes, routes)]),
  lane.map((id): Deed => [`press ${id}`, (w) => w.guard('guardClose', id)]),
  fc.constantFrom(0, 280, 2000).map((ms): Deed => [`journal ${ms}`, (w) => w.slowJournal(ms)]),
);

function check(world: World, before: ReadonlyMap<string, readonly string[]>): void {
  const { site } = world;
  for (const { key, lanes: held } of site.emergencies) {
    // A reload narrows nothing, and nobody but a release takes a lane from a cause.
    expect(before.get(key)?.filter((id) => !held.includes(id)) ?? []).toEqual([]);
    for (const id of held) expect(site.lanes[id]?.claims.map((claim) => claim.key)).toContain(key);
  }
  for (const state of Object.values(site.lanes))
    for (const claim of state.claims)
      if (claim.purpose === 'drill') expect(site.drill?.key).toBe(claim.key);
      else expect(site.emergencies.map(({ key }) => key)).toContain(claim.key);
  if (site.emergencies.length > 0) expect(site.drill).toBeNull();
  for (const model of site.model.lanes) {
    const state = world.lane(model.id);
    for (const input of model.inputs) {
      if (input.role !== 'fire' && input.role !== 'emergency') continue;
      const reading = state.inputs[`${input.device}.${input.id}`];
      if (levelOf(state, model, input, world.now) !== 'active' || (reading?.reads ?? 0) < 2) continue;
      expect(site.emergencies.map(({ key }) => key)).toContain(causeKey(input));
    }
  }
}

describe('emergencies over several lanes, whatever happens in whatever order', () => {
  it('stand on each of their lanes until a person releases them, and all that can be opened stands open (I3)', () => {
    fc.assert(
      fc.property(fc.array(deeds, { minLength: 10, maxLength: 50, size: 'max' }), (done) => {
        const world = road(lanes);
        for (const [, act] of done) {
          const before = new Map(world.site.emergencies.map(({ key, lanes: held }) => [key, held]));
          act(world);
          check(world, before);
        }
        for (const of of boards) world.bringBack(of);
        world.run(30_000);
        for (const id of world.site.emergencies.flatMap(({ lanes: held }) => held))
          expect(world.lane(id).barrier).toMatchObject({ position: 'open', basis: 'measured', hold: 'on' });
      }),
      { numRuns: 150, seed: 20_270_101 },
    );
  });
});
