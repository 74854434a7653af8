import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/io.ts';
import type { SiteState } from '../../src/core/site-state.ts';
import { eastLane, fullInputs, input, type LaneChange, list, loopInputs, twoWay } from './lane-fixtures.ts';
import { World } from './lane-harness.ts';

/** The laws of `lane-laws.ts` hold at every step of all of these; what is checked here spans steps. */
const lanes: readonly LaneChange[] = [
  {},
  { barrier: { autoClose: 'board' } },
  { barrier: { hold: 'maintained', open: 'maintained', close: 'none' } },
  { barrier: { hold: 'holdInput', stop: 'wired' }, inputs: [...loopInputs, input('departure')] },
  {
    barrier: { hasOpenLimit: false, hasClosedLimit: false },
    inputs: fullInputs.filter((one) => !one.role.endsWith('Limit')),
  },
  {
    inputs: [...fullInputs, input('obstruction', { device: 'radar', detects: 'person' })],
    onObstructionUnknown: 'yieldToBoard',
  },
  twoWay,
  { barrier: { hold: 'holdInput', stop: 'wired', announce: 'wired' } },
];

const plates = ['京A12345', '京B67890', '京D13579', '京Z99999', '', '京X1234应急'];
const switches = ['arming', 'armingOut', 'obstruction', 'departure', 'button', 'closeButton', 'fire', 'closedLimit'];
const fates = [
  'confirmed',
  'unanswered',
  'heardButUnanswered',
  'unreachable',
  'refused',
  'expired',
  'notClear',
] as const;

type Deed = (world: World) => void;

/** What ordinary traffic does, so that chance does not have to find it piece by piece. */
const stories: Readonly<Record<string, Deed>> = {
  'a car comes': (w) => {
    w.set('arming', true);
    w.run(200);
    w.plate('京A12345', { confidence: 0.97 });
    w.run(2500);
  },
  'a car drives through': (w) => {
    w.set('arming', false);
    w.set('obstruction', true);
    w.run(900);
    w.set('departure', true);
    w.run(300);
    w.set('obstruction', false);
    w.set('departure', false);
    w.run(400);
  },
  'a moment': (w) => w.run(1000),
  'until it is told to close': (w) => {
    for (let waited = 0; waited < 80 && w.lane().close?.stage !== 'moving'; waited++) w.run(100);
  },
};
const deed: fc.Arbitrary<readonly [string, Deed]> = fc.oneof(
  { weight: 14, arbitrary: fc.constantFrom(...Object.entries(stories)) },
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 80 }).map((n) => [`run ${n * 100}`, (w: World) => w.run(n * 100)] as const),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...switches), fc.boolean(), fc.constantFrom('board', 'board', 'board', 'radar'))
      .map(([name, on, device]) => [`${device}.${name} ${on}`, (w: World) => w.set(name, on, device)] as const),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...plates),
        fc.constantFrom('camera', 'cameraOut'),
        fc.constantFrom<false | 'replayed'>(false, false, 'replayed'),
        fc.option(fc.constantFrom('e1', 'e2')),
      )
      .map(
        ([raw, device, late, eventId]) =>
          [`read ${raw}`, (w: World) => w.plate(raw, { device, late, eventId, confidence: 0.97 })] as const,
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...fates).map((fate) => [`fate ${fate}`, (w: World) => (w.fate = () => fate)] as const),
  },
  { weight: 2, arbitrary: fc.constant(['fate confirmed', (w: World) => (w.fate = () => 'confirmed')] as const) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('guardOpen', 'guardClose', 'guardStop')
      .map((kind) => [kind, (w: World) => w.guard(kind)] as const),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('hold', 'lockdown', 'outOfService', 'emergency'),
        fc.option(fc.integer({ min: 1, max: 60_000 })),
      )
      .map(([purpose, expiry]) => [`claim ${purpose}`, (w: World) => w.claim(purpose, purpose, expiry)] as const),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('hold', 'lockdown', 'outOfService', 'emergency', 'fire:board.fire')
      .map((key) => [`release ${key}`, (w: World) => w.release(key)] as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('board', 'radar')
      .map((device) => [`silence ${device}`, (w: World) => w.silence(device)] as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('board', 'radar')
      .map((device) => [`return ${device}`, (w: World) => w.bringBack(device)] as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0, 100, 280, 2000)
      .map((ms) => [`journal ${ms}`, (w: World) => w.slowJournal(ms)] as const),
  },
  { weight: 1, arbitrary: fc.constant(['journal breaks', (w: World) => w.breakJournal()] as const) },
  { weight: 1, arbitrary: fc.constant(['clock steps', (w: World) => w.clockSteps(-60_000)] as const) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('up', 'down', 'half')
      .map((to) => [`by hand ${to}`, (w: World) => w.boom().byHand(to, w.now)] as const),
  },
  { weight: 1, arbitrary: fc.constant(['reload', (w: World) => w.replace(w.site.model.lanes)] as const) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('close', 'stop', 'announce'), fc.boolean())
      .map(([name, on]) => [`${name} reads ${on}`, (w: World) => w.outputs({ [name]: on })] as const),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((stuck) => [`stuck ${stuck}`, (w: World) => (w.boom().stuck = stuck)] as const),
  },
);

function pulsesByGrant(world: World): ReadonlyMap<number, readonly Command[]> {
  const grants = new Map<number, Command[]>();
  for (const { command } of world.sent) {
    const commanded = world.records.find((record) => record.command === command.id && record.kind === 'commanded');
    const passage = commanded?.passage;
    if (passage === undefined || command.priority !== 'command') continue;
    grants.set(passage, [...(grants.get(passage) ?? []), command]);
  }
  return grants;
}

function checkGrants(world: World): void {
  for (const [passage, commands] of pulsesByGrant(world)) {
    expect(commands.length, `passage ${passage}`).toBeLessThanOrEqual(2);
    if (commands.length < 2) continue;
    const why = world.records.find((record) => record.command === commands[1]?.id && record.kind === 'commanded')?.body
      .why;
    expect(why).toBe('lostReply');
  }
  const ended = world.ofKind('passage').flatMap((record) => (record.passage === undefined ? [] : [record.passage]));
  expect(new Set(ended).size).toBe(ended.length);
}

/** A late read opens nothing: every opening's chain of causes leads to a live read, a person, a contact or an obstruction. */
function checkCauses(world: World): void {
  const byRef = new Map(world.records.map((record) => [record.ref, record]));
  for (const { command } of world.sent) {
    const chain: string[] = [];
    for (let at: number | null = command.cause; at !== null && chain.length < 20; at = byRef.get(at)?.cause ?? null) {
      const record = byRef.get(at);
      expect(record, `record ${at}`).toBeDefined();
      chain.push(record?.kind ?? '');
      if (record?.kind === 'plateRead') expect(record.body.recordedOnly).toBeNull();
    }
    expect(chain[0]).toBe('commanded');
  }
}

function checkRows(world: World, before: SiteState): void {
  expect(structuredClone(world.site)).toEqual(world.site);
  expect(before).toBeDefined();
}

describe('a lane, whatever happens to it in whatever order', () => {
  it.each(lanes.map((change, index) => [index, change] as const))('keeps its laws: wiring %i', (_, change) => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 15, maxLength: 60, size: 'max' }), fc.boolean(), (deeds, startsOpen) => {
        const world = new World({
          lanes: [eastLane(change)],
          rows: list,
          startsOpen,
          boardClosesAfterMs: change.barrier?.autoClose === 'board' ? 5000 : null,
        });
        const before = world.site;
        world.run(500);
        for (const [, act] of deeds) act(world);
        world.run(5000);
        checkGrants(world);
        checkCauses(world);
        checkRows(world, before);
      }),
      { numRuns: 60, seed: 20_261_123 },
    );
  });

  it.each(lanes.map((change, index) => [index, change] as const))(
    'comes to rest when it is left alone: wiring %i',
    (_, change) => {
      fc.assert(
        fc.property(fc.array(deed, { minLength: 10, maxLength: 40, size: 'max' }), (deeds) => {
          const world = new World({
            lanes: [eastLane(change)],
            rows: list,
            boardClosesAfterMs: change.barrier?.autoClose === 'board' ? 5000 : null,
          });
          world.run(500);
          for (const [, act] of deeds) act(world);
          heal(world);
          world.run(240_000);
          const lane = world.lane();
          expect(lane.grants).toEqual([]);
          expect(lane.pending).toEqual([]);
          expect(lane.contacts.announce).toMatchObject({ on: false, command: null });
          expect(['ordered', 'moving']).not.toContain(lane.close?.stage);
          const before = world.sent.length;
          world.run(120_000);
          expect(world.sent.length - before).toBeLessThanOrEqual(1);
        }),
        { numRuns: 12, seed: 20_261_124 },
      );
    },
  );
});

/** Everything that was broken works again, nobody presses anything, and every claim is released. */
function heal(world: World): void {
  world.fate = () => 'confirmed';
  world.boom().stuck = false;
  for (const name of switches) {
    for (const device of ['board', 'radar']) if (name !== 'closedLimit') world.set(name, false, device);
  }
  world.unset('closedLimit');
  world.outputs({ close: false, stop: false });
  world.bringBack('board');
  world.bringBack('radar');
  world.mendJournal();
  world.run(2000);
  for (const { key } of world.lane().claims) world.release(key);
}
