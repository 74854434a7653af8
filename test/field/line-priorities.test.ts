import { describe, expect, it } from 'vitest';
import { answerOf } from './byte-port.ts';
import { inputsOf, relayOn, rig, why, within } from './rig.ts';

const board = (afterMs: number) => (request: Uint8Array) => [{ afterMs, bytes: answerOf(request) }];
const dead = () => [];

describe('what goes first on a line', () => {
  it('one transaction at a time, 3.5 characters of silence between', async () => {
    const { clock, ask, port } = await rig(board(15));
    const replies = Promise.all([ask(inputsOf(1)), ask(inputsOf(2)), ask(inputsOf(3))]);
    await clock.pass(200);
    expect((await replies).map(why)).toEqual(['ok', 'ok', 'ok']);
    const gaps = port.sent.slice(1).map(({ at }, nth) => at - (port.sent[nth]?.at ?? 0) - 15);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(3.5 * (10_000 / 9600) - 1e-6);
  });

  it('a command for an idle line goes out in the same turn', async () => {
    const { clock, ask, port } = await rig(board(15));
    await clock.pass(50);
    void ask(relayOn(1, 1), 'emergency');
    expect(port.sent).toHaveLength(1);
  });

  it('the strongest first, equals in order, whatever was asked before', async () => {
    const { clock, ask, port } = await rig(board(15));
    void ask(relayOn(9, 1), 'command');
    const order = ['status', 'command', 'guard', 'safetyInputs', 'reopen', 'closingInputs', 'emergency'] as const;
    order.forEach((priority, at) => void ask(relayOn(at + 1, 1), priority));
    void ask(relayOn(8, 1), 'emergency');
    await clock.pass(400);
    expect(port.sent.map(({ hex }) => Number.parseInt(hex.slice(0, 2), 16))).toEqual([9, 7, 8, 5, 3, 6, 2, 4, 1]);
  });

  it('an emergency gives a silent read up after 3.5 characters, long before that read’s deadline', async () => {
    const { clock, ask, port } = await rig((request) => (request[1] === 5 ? board(15)(request) : []));
    const read = ask(inputsOf(1), 'safetyInputs');
    await clock.pass(1);
    const asked = clock.mono();
    const write = ask(relayOn(2, 1), 'emergency');
    expect(why(await within(clock, 60, write))).toBe('ok');
    expect(why(await within(clock, 1, read))).toBe('abandoned');
    expect((port.frames('02 05')[0]?.at ?? 0) - asked).toBeLessThan(8 * (10_000 / 9600) + 5);
  });

  it('never gives a write up: the emergency waits for its answer or its deadline', async () => {
    const { clock, ask, port } = await rig(dead);
    const write = ask(relayOn(1, 1), 'command');
    await clock.pass(1);
    void ask(relayOn(2, 1), 'emergency');
    await clock.pass(100);
    expect(port.sent).toHaveLength(1);
    expect(why(await within(clock, 200, write))).toBe('unanswered');
    await clock.pass(10);
    expect(port.frames('02 05')).toHaveLength(1);
  });

  it('ignores the quiet time after a timeout, which others keep', async () => {
    const { clock, ask, port } = await rig(dead);
    await within(clock, 300, ask(inputsOf(1)));
    void ask(inputsOf(1), 'command');
    void ask(relayOn(1, 1), 'guard');
    await clock.pass(5);
    expect(port.sent.map(({ hex }) => hex.slice(0, 5))).toEqual(['01 02', '01 05']);
  });

  it('an order past its deadline is never sent', async () => {
    const { clock, ask, port } = await rig(dead);
    void ask(relayOn(1, 1), 'command');
    await clock.pass(1);
    const late = ask(relayOn(2, 1), 'command', { deadline: clock.mono() + 50 });
    expect(why(await within(clock, 400, late))).toBe('expired');
    expect(port.frames('02')).toHaveLength(0);
  });

  it('an order withdrawn before its frame began is never sent', async () => {
    const { clock, ask, port } = await rig(board(15));
    void ask(inputsOf(1));
    const abort = new AbortController();
    const close = ask(relayOn(2, 2), 'command', { signal: abort.signal });
    abort.abort();
    expect(why(await within(clock, 5, close))).toBe('expired');
    await clock.pass(200);
    expect(port.frames('02')).toHaveLength(0);
  });

  it('a flood of ordinary orders is refused at its limit; life safety is not (I15)', async () => {
    const { clock, ask } = await rig(dead);
    const flood = Array.from({ length: 200 }, () => ask(relayOn(1, 1), 'command'));
    const emergencies = Array.from({ length: 100 }, (_, at) => ask(relayOn(2, (at % 8) + 1), 'emergency'));
    await clock.pass(60_000);
    const full = (await Promise.all(flood)).filter((reply) => why(reply) === 'full');
    expect(full).toHaveLength(200 - 1 - 64);
    expect((await Promise.all(emergencies)).map(why)).not.toContain('full');
  });
});

describe('life safety beyond its own room', () => {
  it('displaces the weakest that waits; the newest emergency is kept', async () => {
    const { clock, ask } = await rig(dead);
    const guards = Array.from({ length: 256 }, () => ask(relayOn(1, 1), 'guard'));
    const emergencies = Array.from({ length: 20 }, () => ask(relayOn(2, 1), 'emergency'));
    await clock.pass(60_000);
    expect((await Promise.all(guards)).filter((reply) => why(reply) === 'full')).toHaveLength(19);
    expect((await Promise.all(emergencies)).map(why)).not.toContain('full');
  });
});

describe('a frame that waits for a clear reading', () => {
  const guarded = { fc: 2, address: 0, count: 8, mask: [true], equals: [true], maxAgeMs: 250 } as const;
  it.each<[string, number, number, string]>([
    ['goes out behind a fresh clear reading', 1, 100, 'ok'],
    ['is held back when the reading is older than 250 ms', 1, 240, 'notClear'],
    ['is held back when the reading is not clear', 0, 10, 'notClear'],
  ])('%s', async (_, bits, waitMs, expected) => {
    const { clock, ask, port } = await rig((request) => [{ afterMs: 15, bytes: answerOf(request, bits) }]);
    await within(clock, 100, ask(inputsOf(1)));
    await clock.pass(waitMs);
    expect(why(await within(clock, 100, ask(relayOn(1, 2), 'command', { onlyIf: guarded })))).toBe(expected);
    expect(port.frames('01 05')).toHaveLength(expected === 'ok' ? 1 : 0);
  });

  it('is judged as it goes out, not as it was asked: what a read in flight shows counts', async () => {
    const { clock, ask, port } = await rig((request, nth) => [
      { afterMs: 15, bytes: answerOf(request, nth === 1 ? 1 : 0) },
    ]);
    await within(clock, 100, ask(inputsOf(1)));
    void ask(inputsOf(1));
    const close = ask(relayOn(1, 2), 'command', { onlyIf: guarded });
    expect(why(await within(clock, 100, close))).toBe('notClear');
    expect(port.frames('01 05')).toHaveLength(0);
  });

  it('is held back when nothing was read since the connection came', async () => {
    const { clock, ask, port } = await rig((request) => [{ afterMs: 15, bytes: answerOf(request, 1) }]);
    await within(clock, 100, ask(inputsOf(1)));
    port.unplug();
    port.present = true;
    await clock.pass(200);
    expect(why(await within(clock, 100, ask(relayOn(1, 2), 'command', { onlyIf: guarded })))).toBe('notClear');
  });
});
