/** Four lanes on one board: read once for all, silent together, and each commanded as if it were alone. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { answerOf } from './byte-port.ts';
import { type CrowdedLine, crowdedLine, deviceOf } from './crowded-line.ts';
import { inputsOf, rig } from './rig.ts';

let line: CrowdedLine | null = null;
afterEach(async () => {
  const ending = line?.stop();
  await line?.clock.pass(5000);
  await ending;
  line = null;
});

async function begun(units: readonly number[], shared: readonly number[]): Promise<CrowdedLine> {
  line = await crowdedLine(units, { units: shared });
  await line.clock.pass(5000);
  return line;
}

const lanes = [1, 2, 3, 4] as const;
const inputsRead = '02020000' as const;
const newest = ({ seen }: CrowdedLine, lane: number) =>
  seen.findLast((each) => each.kind === 'inputsRead' && each.device === deviceOf(2, lane));

describe('a board that four lanes share', () => {
  it('is read as often as one lane’s, and each reading is every lane’s', async () => {
    const crowded = await begun([1, 2], [2]);
    const from = crowded.sent.length;
    const since = crowded.seen.length;
    await crowded.clock.pass(10_000);
    const reads = (unit: number) => crowded.sent.slice(from).filter((frame) => frame.unit === unit && frame.fc === 2);
    const told = (device: string) =>
      crowded.seen.slice(since).filter((each) => each.kind === 'inputsRead' && each.device === device).length;
    expect(reads(2).length).toBeGreaterThan(90);
    expect(reads(2).length).toBeLessThanOrEqual(reads(1).length + 1);
    for (const lane of lanes) expect(Math.abs(told(deviceOf(2, lane)) - reads(2).length)).toBeLessThanOrEqual(1);
    expect(crowded.field.status().lines[0]?.polls.filter(({ unit }) => unit === 2)).toHaveLength(3);
  });

  it('is read at the pace of the lane that closes', async () => {
    const crowded = await begun([1, 2, 3, 4, 5, 6, 7, 8], [2]);
    crowded.field.watch(deviceOf(2, 3), 'closing');
    await crowded.clock.pass(500);
    const from = crowded.sent.length;
    await crowded.clock.pass(5000);
    const reads = crowded.sent.slice(from).filter(({ hex }) => hex.startsWith(inputsRead));
    const gaps = reads.slice(1).map(({ at }, nth) => at - (reads[nth]?.at ?? 0));
    expect(gaps.length).toBeGreaterThan(25);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(200);
  });

  it('shows each lane its own inputs: one that is stuck is no other’s', async () => {
    const crowded = await begun([2], [2]);
    crowded.board(2).setInput(5, false);
    await crowded.clock.pass(500);
    const values = (lane: number) => newest(crowded, lane);
    expect(values(1)).toMatchObject({ values: { obstruction: true } });
    for (const lane of [2, 3, 4]) expect(values(lane)).toMatchObject({ values: { obstruction: false } });
    const close = (lane: number) =>
      crowded.field.command(deviceOf(2, lane), {
        ...{ id: `close.${lane}`, action: 'pulseClose', priority: 'command', onlyIfClear: ['obstruction'] },
        deadline: crowded.clock.mono() + 2000,
      });
    const outcomes = lanes.map(close);
    await crowded.clock.pass(1000);
    const results = (await Promise.all(outcomes)).map(({ result }) => result);
    expect(results).toEqual(['notClear', 'confirmed', 'confirmed', 'confirmed']);
    expect(crowded.board(2).writes.map(({ pdu }) => pdu.slice(0, 3))).toEqual([
      [5, 2, 5],
      [5, 2, 6],
      [5, 2, 7],
    ]);
  });

  it('that goes dead loses all four lanes, is backed off as one unit, and gives them back together', async () => {
    const crowded = await begun([1, 2], [2]);
    const { clock, dead, seen, sent } = crowded;
    dead.add(2);
    await clock.pass(2000);
    const told = (kind: 'deviceSilent' | 'deviceReturned') =>
      seen.flatMap((each) => (each.kind === kind ? [each.device] : [])).sort();
    const four = lanes.map((lane) => deviceOf(2, lane));
    expect(told('deviceSilent')).toEqual(four);
    const from = sent.length;
    await clock.pass(60_000);
    // One alone is backed off to a probe in ten seconds.
    expect(sent.slice(from).filter(({ unit }) => unit === 2).length).toBeLessThan(15);
    dead.delete(2);
    await clock.pass(12_000);
    expect(told('deviceReturned')).toEqual(four);
  });

  it('is read as often as the keenest that is left wants it', async () => {
    const { clock, line: owner } = await rig((request) => [{ afterMs: 12, bytes: answerOf(request) }]);
    const counts = [0, 0];
    const [keen, slow] = [50, 400].map((periodMs, nth) =>
      owner.poll('inputs', inputsOf(1), periodMs, 'safetyInputs', (reply) => {
        counts[nth] = (counts[nth] ?? 0) + Number(reply.ok);
      }),
    );
    const periods = () => owner.status().polls.map(({ periodMs }) => periodMs);
    await clock.pass(2000);
    expect(periods()).toEqual([50]);
    expect(counts[1]).toBe(counts[0]);
    slow?.set(30, 'closingInputs');
    expect(periods()).toEqual([30]);
    slow?.set(400, 'safetyInputs');
    keen?.stop();
    expect(periods()).toEqual([400]);
    slow?.stop();
    expect(periods()).toEqual([]);
  });

  it('goes on being read for the others when the one that it was watched for is taken away', async () => {
    const crowded = await begun([2], [2]);
    const { field, clock, seen } = crowded;
    field.watch(deviceOf(2, 3), 'closing');
    await clock.pass(300);
    const stopping = crowded.keep([1, 2]);
    await clock.pass(3000);
    await stopping;
    const since = seen.length;
    await clock.pass(1000);
    const told = new Set(seen.slice(since).flatMap((each) => (each.kind === 'inputsRead' ? [each.device] : [])));
    expect([...told].sort()).toEqual([1, 2].map((lane) => deviceOf(2, lane)));
  });
});
