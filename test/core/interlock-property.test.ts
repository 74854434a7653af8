/** Random traffic, guards, hands and silences at two interlocked booms, against what stands there physically and the frames. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laneOf } from './emergency-world.ts';
import { list, twoWay } from './lane-fixtures.ts';
import { type Sent, World } from './lane-harness.ts';

const ids = ['outer', 'inner'] as const;
type Id = (typeof ids)[number];
const other = (id: Id): Id => (id === 'outer' ? 'inner' : 'outer');
const portal = (id: Id) => {
  const cameras = [
    { device: `${id}-camera`, direction: 'in' as const },
    { device: `${id}-camera-out`, direction: 'out' as const },
  ];
  return laneOf(id, { ...twoWay, cameras, inputs: twoWay.inputs ?? [] });
};

type Deed = readonly [string, (world: World) => void];
const lane = fc.constantFrom(...ids);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 90 }).map((n): Deed => [`run ${n * 100}`, (w) => w.run(n * 100)]) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(lane, fc.constantFrom('', '-out'), fc.constantFrom('京A12345', '京B67890', '京D13579', '京Z99999'))
      .map(
        ([id, way, plate]): Deed => [
          `${id}${way} ${plate}`,
          (w) => {
            w.set(way === '' ? 'arming' : 'armingOut', true, `${id}-board`);
            w.run(200);
            w.plate(plate, { device: `${id}-camera${way}`, confidence: 0.97 });
          },
        ],
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(lane, fc.constantFrom('arming', 'armingOut', 'obstruction'), fc.boolean())
      .map(([id, name, on]): Deed => [`${id}.${name} ${on}`, (w) => w.set(name, on, `${id}-board`)]),
  },
  { weight: 2, arbitrary: lane.map((id): Deed => [`guard ${id}`, (w) => w.guard('guardOpen', id)]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(lane, fc.constantFrom('up', 'down'))
      .map(([id, to]): Deed => [`hand ${id} ${to}`, (w) => w.boom(`${id}-board`).byHand(to as 'up' | 'down', w.now)]),
  },
  { weight: 1, arbitrary: lane.map((id): Deed => [`silence ${id}`, (w) => w.silence(`${id}-board`)]) },
  { weight: 2, arbitrary: lane.map((id): Deed => [`return ${id}`, (w) => w.bringBack(`${id}-board`)]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 200, 2000).map((ms): Deed => [`journal ${ms}`, (w) => w.slowJournal(ms)]),
  },
);

/** Every frame that opens for a credential or a hold, as it goes out; and where the other boom stood at that moment. */
class Watched extends World {
  readonly wrong: string[] = [];
  #seen = 0;

  override run(ms: number): void {
    // In steps shorter than a poll, so that each frame is looked at where the booms stood as it went out.
    for (let left = ms; left > 0; left -= 20) {
      super.run(Math.min(20, left));
      for (; this.#seen < this.sent.length; this.#seen++) this.#look(this.sent[this.#seen] as Sent);
    }
  }

  #look({ at, command }: Sent): void {
    const opens = command.action === 'pulseOpen' || command.action === 'holdOn';
    if (!opens || command.priority !== 'command') return;
    const away = other(command.lane as Id);
    const lately = this.sent.some(
      ({ command: one, at: then }) =>
        one.lane === away && (one.action === 'pulseOpen' || one.action === 'holdOn') && then < at && at - then < 300,
    );
    // A hand that has lifted it since the last poll is seen by nobody yet.
    if (!this.boom(`${away}-board`).isDown && this.lane(away).barrier?.position !== 'closed')
      this.wrong.push(`${command.lane} opens at ${at} while ${away} stands open`);
    if (lately) this.wrong.push(`${command.lane} opens at ${at} just behind ${away}`);
  }
}

describe('two interlocked booms, whatever happens in whatever order', () => {
  it('are never both opened for credentials, and come to rest when they are left alone', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 10, maxLength: 45, size: 'max' }), (deeds) => {
        const interlocks = [{ id: 'garage', name: '地库双门', lanes: [...ids] }];
        const world = new Watched({ lanes: ids.map(portal), interlocks, rows: list });
        world.run(500);
        for (const [, act] of deeds) act(world);
        expect(world.wrong).toEqual([]);
        world.journal = 0;
        for (const id of ids) {
          world.bringBack(`${id}-board`);
          for (const name of ['arming', 'armingOut', 'obstruction']) world.set(name, false, `${id}-board`);
        }
        world.run(150_000);
        expect(world.wrong).toEqual([]);
        for (const id of ids) {
          expect(world.boom(`${id}-board`).isDown).toBe(true);
          expect(world.lane(id).grants).toEqual([]);
        }
        const faults = Object.values(world.site.faults).map(({ code }) => code);
        expect(faults).not.toContain('interlockBothOpen');
      }),
      { numRuns: 25, seed: 20_270_215 },
    );
  });
});
