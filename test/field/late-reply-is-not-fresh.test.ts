import { describe, expect, it } from 'vitest';
import { answerOf, joined, rtu, type Script } from './byte-port.ts';
import { inputsOf, relayOn, rig, tcpWire, why, within } from './rig.ts';

/** The board shows `bits` at the moment of asking, and may be late with saying so. */
const board =
  (bits: (nth: number) => number, delay: (nth: number) => number): Script =>
  (request, nth) => [{ afterMs: 9 + delay(nth), bytes: answerOf(request, bits(nth)) }];

describe('a late reply', () => {
  it('does not answer the next read: every reading belongs to its own question', async () => {
    const { clock, ask } = await rig(
      board(
        (nth) => nth,
        (nth) => (nth === 2 ? 240 : 5),
      ),
    );
    const seen: number[] = [];
    for (let nth = 1; nth <= 6; nth += 1) {
      const reply = await within(clock, 1500, ask(inputsOf(1), 'safetyInputs'));
      seen.push(reply.ok ? reply.bits.reduce((sum, bit, at) => sum + (bit ? 2 ** at : 0), 0) : -1);
    }
    expect(seen).toEqual([1, -1, 3, 4, 5, 6]);
  });

  it('earns its unit a longer quiet, and the line goes on with others meanwhile', async () => {
    const { clock, ask, line } = await rig((request, nth) => [
      { afterMs: request[0] === 1 && nth === 1 ? 700 : 12, bytes: answerOf(request) },
    ]);
    expect(why(await within(clock, 400, ask(inputsOf(1))))).toBe('unanswered');
    expect(why(await within(clock, 50, ask(inputsOf(2))))).toBe('ok');
    await clock.pass(700);
    expect(line.status().units.find(({ unit }) => unit === 1)?.late).toBe(1);
    expect(line.unit(1).answering).toBe(true);
  });

  it('is told apart by its transaction id on Modbus TCP, without any quiet', async () => {
    const mbap = (request: Uint8Array, bits: number) => Uint8Array.from([...request.slice(0, 4), 0, 4, 1, 2, 1, bits]);
    const { clock, ask, port } = await rig(
      (request, nth) => [{ afterMs: nth === 1 ? 160 : 5, bytes: mbap(request, nth) }],
      tcpWire,
    );
    expect(why(await within(clock, 200, ask(inputsOf(1))))).toBe('unanswered');
    const next = await within(clock, 50, ask(inputsOf(1)));
    expect(next.ok && next.bits.slice(0, 2)).toEqual([false, true]);
    expect(port.sent).toHaveLength(2);
  });

  it('of a read given up does not fail the write that went out instead', async () => {
    const { clock, ask, port } = await rig((request) => [
      { afterMs: request[1] === 2 ? 40 : 60, bytes: answerOf(request) },
    ]);
    const read = ask(inputsOf(1), 'safetyInputs');
    await clock.pass(1);
    const write = ask(relayOn(1, 1), 'emergency');
    expect(why(await within(clock, 100, read))).toBe('abandoned');
    expect(why(await within(clock, 200, write))).toBe('ok');
    expect(port.sent).toHaveLength(2);
  });

  it('of an earlier write does not fail or confirm a different one', async () => {
    const { clock, ask } = await rig((request, nth) =>
      nth === 1 ? [{ afterMs: 480, bytes: answerOf(request) }] : [{ afterMs: 30, bytes: answerOf(request) }],
    );
    expect(why(await within(clock, 300, ask(relayOn(1, 1))))).toBe('unanswered');
    const second = ask(relayOn(1, 2), 'emergency');
    await clock.pass(2);
    expect(why(await within(clock, 400, second))).toBe('ok');
  });

  it('of an earlier write, arriving while the next one is in flight, neither fails nor confirms that one', async () => {
    const { clock, ask, port, line } = await rig((request, nth) =>
      nth === 1
        ? [{ afterMs: 400, bytes: answerOf(request) }]
        : [{ afterMs: request[1] === 5 && nth === 2 ? 120 : 30, bytes: answerOf(request) }],
    );
    expect(why(await within(clock, 300, ask(relayOn(1, 1))))).toBe('unanswered');
    while (clock.mono() < (port.sent[0]?.at ?? 0) + 340) await clock.pass(1);
    // Life safety waits for no quiet: its frame is out when the echo of the first arrives.
    let settledAt = 0;
    const second = ask(relayOn(1, 2), 'emergency').then((reply) => {
      settledAt = clock.mono();
      return reply;
    });
    await clock.pass(70);
    expect(line.status().units[0]?.late).toBe(1);
    expect(settledAt).toBe(0);
    expect(why(await within(clock, 200, second))).toBe('ok');
    expect(settledAt - (port.sent[1]?.at ?? 0)).toBeGreaterThanOrEqual(120);
  });
});

describe('frames that answer nothing that was asked', () => {
  const good = (request: Uint8Array) => answerOf(request, 0x05);
  it.each<[string, (request: Uint8Array) => Uint8Array, string]>([
    ['of another unit', (request) => rtu(9, request[1] ?? 0, 1, 0xff), 'unanswered'],
    ['of another function', () => rtu(1, 1, 1, 0xff), 'unanswered'],
    ['of another length', () => rtu(1, 2, 2, 0xff, 0xff), 'unanswered'],
    ['cut short', (request) => good(request).slice(0, 4), 'unanswered'],
    ['with one bit flipped', (request) => good(request).map((byte, at) => (at === 3 ? byte ^ 1 : byte)), 'unanswered'],
    [
      'swapped for those of another unit, then the right one',
      (request) => joined(rtu(2, 2, 1, 0xff), good(request)),
      'ok',
    ],
    ['noise before the right one', (request) => joined(Uint8Array.from([0xff, 0x00, 0x01, 0x02]), good(request)), 'ok'],
    ['the right one twice', (request) => joined(good(request), good(request)), 'ok'],
  ])('%s', async (_, bytes, expected) => {
    const { clock, ask } = await rig((request) => [{ afterMs: 12, bytes: bytes(request) }]);
    const reply = await within(clock, 400, ask(inputsOf(1)));
    expect(why(reply)).toBe(expected);
    if (reply.ok) expect(reply.bits).toEqual([true, false, true, false, false, false, false, false]);
  });

  it.each<[string, number[]]>([
    ['another relay', [1, 5, 0, 1, 0xff, 0]],
    ['another value', [1, 5, 0, 0, 0, 0]],
  ])('an echo of %s confirms no write', async (_, echo) => {
    const { clock, ask } = await rig(() => [{ afterMs: 12, bytes: rtu(...echo) }]);
    expect(why(await within(clock, 400, ask(relayOn(1, 1))))).toBe('echoMismatch');
  });

  it('our own frame, returned by a two-wire adapter, confirms no write', async () => {
    const { clock, ask } = await rig((request) => [
      { afterMs: 9, bytes: request.slice() },
      ...(request[1] === 2 ? [{ afterMs: 20, bytes: answerOf(request) }] : []),
    ]);
    expect(why(await within(clock, 400, ask(inputsOf(1))))).toBe('ok');
    expect(why(await within(clock, 400, ask(relayOn(1, 1))))).toBe('unanswered');
  });

  it('a babbling line exhausts nothing and answers nothing', async () => {
    const { clock, ask, port } = await rig((request) => [{ afterMs: 15, bytes: answerOf(request, 1) }]);
    for (let burst = 0; burst < 50; burst += 1)
      port.say(Uint8Array.from({ length: 400 }, (_, at) => (at * 37 + burst) & 0xff));
    expect(why(await within(clock, 400, ask(inputsOf(1))))).toBe('ok');
  });
});
