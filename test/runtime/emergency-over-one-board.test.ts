/** The loop, the core, the field and the driver, on a manual clock: four lanes on one board of a site as it is written. */
import { afterEach, expect, it } from 'vitest';
import { loadFrom } from '../../src/config/load.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import type { JournalRecord } from '../../src/core/io.ts';
import { beginSite } from '../../src/core/site-state.ts';
import { Loop } from '../../src/runtime/loop.ts';
import driver from '../../drivers/barrier-modbus/index.ts';
import { memoryDisk, nowWall, site } from '../config/fakes.ts';
import { profile } from '../field/barrier-rig.ts';
import { type CrowdedLine, crowdedLine, deviceOf } from '../field/crowded-line.ts';

const lanes = [1, 2, 3, 4] as const;

const written = `lines:
  bus: { type: modbus-rtu, port: /dev/serial/by-id/usb-b, baud: 9600 }
devices:
${lanes
  .map(
    (lane) =>
      `  ${deviceOf(1, lane)}: { driver: barrier-modbus, line: bus, unit: 1, profile: waveshare-8, travel: 3s, hold: maintained, relays: { open: ${lane}, close: ${lane + 4} }, inputs: { closedLimit: ${lane}, obstruction: { at: ${lane + 4}, detects: both } } }\n`,
  )
  .join('')}lanes:
${lanes.map((lane) => `  l${lane}: { name: N, direction: in, barrier: ${deviceOf(1, lane)}, commissioned: true }\n`).join('')}`;

let stop = async (): Promise<void> => {};
afterEach(() => stop());

async function gate(): Promise<{ crowded: CrowdedLine; loop: Loop; log: string[]; records: JournalRecord[] }> {
  const profiles = { 'waveshare-8': JSON.stringify(profile('waveshare-8')) };
  const files = { 'site.yaml': site, 'lanes.yaml': written };
  const { site: model, problems } = loadFrom(memoryDisk(files, profiles), { drivers: [driver as AnyDriver], nowWall });
  if (model === null) throw new Error(JSON.stringify(problems));
  const crowded = await crowdedLine([1, 2, 3], { units: [1] });
  const { clock, field } = crowded;
  const log: string[] = [];
  const records: JournalRecord[] = [];
  const loop: Loop = new Loop(beginSite(model, 'boot', clock.mono()), {
    ...{ clock, field, wallTrusted: () => true, faultChanged: () => {}, recorded: () => {} },
    journal: {
      append: (batch) => {
        log.push(...batch.map(({ kind }) => kind));
        records.push(...batch);
        clock.after('journal', 5, () => loop.journalEvents().acked(batch.at(-1)?.ref ?? 0, 1, clock.mono()));
      },
      ...{ hasRoom: () => true, flush: async () => true, close: async () => {} },
    },
    lists: { lookup: () => ({ listVersion: 'v', listAgeMs: 0, rows: [], near: [], lookupUs: 0, available: true }) },
    failed: (error) => expect.unreachable(String(error)),
  });
  crowded.onWrite(() => log.push('write'));
  crowded.onSeen((seen) => void loop.observe(seen));
  for (const lane of lanes) crowded.board(1).setInput(lane, true);
  stop = async () => {
    loop.stop();
    const ending = crowded.stop();
    await clock.pass(5000);
    await ending;
  };
  await clock.pass(5000);
  return { crowded, loop, log, records };
}

const by = { via: 'cli', name: '李四' } as const;
const writes = ({ sent }: CrowdedLine, from: number) =>
  sent
    .slice(from)
    .filter(({ fc }) => fc >= 5)
    .map(({ hex }) => hex);

it('an emergency over the site is one frame, out before any record; each lane has its own command and outcome', async () => {
  const { crowded, loop, log, records } = await gate();
  // No transaction in flight: the frame goes out in this very turn.
  while ((crowded.sent.at(-1)?.endsAt ?? 0) > crowded.clock.mono() - 5) await crowded.clock.pass(1);
  const from = crowded.sent.length;
  log.length = 0;
  loop.request({ kind: 'emergency', by, reach: { kind: 'site' }, reason: '火' });
  expect(log[0]).toBe('write');
  expect(writes(crowded, from)).toEqual(['010f00000004010f']);
  await crowded.clock.pass(500);
  const of = (kind: string) => records.filter((one) => one.kind === kind && one.body.action === 'holdOn');
  expect(of('commanded').map(({ lane }) => lane)).toEqual(['l1', 'l2', 'l3', 'l4']);
  expect(of('outcome').map(({ lane, body }) => [lane, body.result])).toEqual(
    lanes.map((lane) => [`l${lane}`, 'confirmed']),
  );
  expect(new Set(of('outcome').map(({ command }) => command)).size).toBe(4);
});

it('a board whose power returns in an emergency is held open again with one frame', async () => {
  const { crowded, loop } = await gate();
  loop.request({ kind: 'emergency', by, reach: { kind: 'site' }, reason: '火' });
  await crowded.clock.pass(3000);
  crowded.dead.add(1);
  crowded.board(1).relays.fill(false);
  await crowded.clock.pass(20_000);
  const from = crowded.sent.length;
  crowded.dead.delete(1);
  for (let waited = 0; !crowded.board(1).relays[0] && waited < 20_000; waited += 10) await crowded.clock.pass(10);
  expect(crowded.board(1).relays.slice(0, 4)).toEqual([true, true, true, true]);
  expect(new Set(writes(crowded, from))).toEqual(new Set(['010f00000004010f']));
});
