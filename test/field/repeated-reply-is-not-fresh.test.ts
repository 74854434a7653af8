import { describe, expect, it } from 'vitest';
import type { ModbusReply } from '../../src/contract/line.ts';
import { serialWire, type Wire } from '../../src/field/link.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { answerOf, rtu, type Script } from './byte-port.ts';
import { inputsOf, relayOn, rig, why, within } from './rig.ts';

interface Board {
  readonly wire: Wire;
  /** From the request's last bit to the answer's first. */
  readonly answerMs: (nth: number) => number;
  /** Milliseconds from an answer's end to the end of its repeat; `null`: it is given once. */
  readonly repeatMs: (nth: number) => number | null;
}

/** A paced wire. The board's inputs show how many requests it has had: each answer tells which question it belongs to. */
const paced =
  ({ wire, answerMs, repeatMs }: Board): Script =>
  (request, nth) => {
    const isLonger = request[1] === 2 && (request[5] ?? 0) > 8;
    const bytes = isLonger ? rtu(1, 2, 2, nth & 0xff, 0) : answerOf(request, nth & 0xff);
    const afterMs = (request.length + bytes.length) * wire.charMs + wire.silenceMs + answerMs(nth);
    const again = repeatMs(nth);
    return [{ afterMs, bytes }, ...(again === null ? [] : [{ afterMs: afterMs + again, bytes }])];
  };

const wires: readonly [number, Wire][] = [9600, 115_200].map((baud) => [baud, serialWire(baud, 8, 'none', 1)]);
const shown = (reply: ModbusReply): number | null =>
  reply.ok ? reply.bits.reduce((sum, bit, at) => sum + (bit ? 2 ** at : 0), 0) : null;

/** Reads back to back. How many answered, and which of them showed the answer to another question. */
async function readings(board: Board, count: number) {
  const { clock, port, ask } = await rig(paced(board), board.wire);
  const stale: string[] = [];
  let answered = 0;
  for (let nth = 0; nth < count; nth += 1) {
    const reply = await within(clock, 3000, ask(inputsOf(1), 'safetyInputs'));
    const value = shown(reply);
    if (value === null) continue;
    answered += 1;
    const asked = (port.sent.findIndex(({ at }) => at === reply.sentAt) + 1) & 0xff;
    if (value !== asked) stale.push(`answer ${value} to question ${asked}`);
  }
  return { stale, answered };
}

const steps = Array.from({ length: 131 }, (_, ms) => ms);

describe.each(wires)('at %d baud, an answer that comes again', (_, wire) => {
  it.each([
    ['a quick board', 1],
    ['a usual board', 12],
    ['a slow board', 45],
  ])('0 to 130 ms later answers no other question: %s', async (_name, answerMs) => {
    for (const repeat of steps) {
      const board = { wire, answerMs: () => answerMs, repeatMs: (nth: number) => (nth === 3 ? repeat : null) };
      const { stale, answered } = await readings(board, 7);
      expect(stale, `repeated after ${repeat} ms`).toEqual([]);
      expect(answered, `repeated after ${repeat} ms`).toBeGreaterThanOrEqual(5);
    }
  });

  it('each time leaves every reading with its own question', async () => {
    for (const repeat of steps) {
      const { stale } = await readings({ wire, answerMs: () => 12, repeatMs: () => repeat }, 12);
      expect(stale, `repeated after ${repeat} ms`).toEqual([]);
    }
  });

  it('is no answer where the board has died after it', async () => {
    // A repeat that comes just when the answer would have is told apart by nothing on such a wire.
    const usualMs = 12 + 14 * wire.charMs + 2 * wire.silenceMs;
    for (const repeat of steps.filter((ms) => ms < usualMs - wire.silenceMs - 1)) {
      const script = paced({ wire, answerMs: () => 12, repeatMs: (nth) => (nth === 40 ? repeat : null) });
      const { clock, ask } = await rig((request, nth) => (nth > 40 ? [] : script(request, nth)), wire);
      for (let nth = 1; nth <= 40; nth += 1) await within(clock, 500, ask(inputsOf(1), 'safetyInputs'));
      const after = await within(clock, 1500, ask(inputsOf(1), 'safetyInputs'));
      expect(why(after), `repeated after ${repeat} ms`).toBe('unanswered');
    }
  });
});

describe('a repeat that comes after a long time', () => {
  it('is no answer to a question that it arrives with: the wire cannot have carried both', async () => {
    const wire = serialWire(9600, 8, 'none', 1);
    const { clock, ask, port } = await rig(
      paced({ wire, answerMs: () => 12, repeatMs: (nth) => (nth === 40 ? 400 : null) }),
      wire,
    );
    for (let nth = 1; nth <= 40; nth += 1) await within(clock, 500, ask(inputsOf(1), 'safetyInputs'));
    const askedLast = port.sent.at(-1)?.at ?? 0;
    const repeatAt = askedLast + 14 * wire.charMs + wire.silenceMs + 12 + 400;
    while (clock.mono() < repeatAt - 11) await clock.pass(1);
    const reply = await within(clock, 100, ask(inputsOf(1), 'safetyInputs'));
    expect(shown(reply)).toBe(41);
  });
});

describe('a board whose times vary', () => {
  it.each(wires)('and which gives every answer twice shows no old one, at %d baud', async (_, wire) => {
    const { next: random } = seededRandom(11);
    const board = { wire, answerMs: () => 2 + random() * 10, repeatMs: () => 4 + random() * 66 };
    const { stale, answered } = await readings(board, 300);
    expect(stale).toEqual([]);
    expect(answered).toBeGreaterThan(150);
  });

  it.each(wires)('loses no reading to doubt, at %d baud', async (_, wire) => {
    const { next: random } = seededRandom(7);
    const { stale, answered } = await readings({ wire, answerMs: () => 2 + random() * 10, repeatMs: () => null }, 300);
    expect(stale).toEqual([]);
    expect(answered).toBeGreaterThanOrEqual(298);
  });

  it('is read all the same where its port is quicker than the wire it is said to be', async () => {
    const { clock, ask } = await rig((request, nth) => [{ afterMs: 1 + (nth % 4), bytes: answerOf(request) }]);
    for (let nth = 0; nth < 100; nth += 1)
      expect(why(await within(clock, 100, ask(inputsOf(1), 'safetyInputs')))).toBe('ok');
  });
});

describe('the echo of a write that comes again', () => {
  it('does not confirm the same write, sent once more and lost', async () => {
    const { clock, ask, port } = await rig((request, nth) => {
      const bytes = answerOf(request);
      if (nth > 40) return [];
      return [{ afterMs: 30, bytes }, ...(nth === 40 ? [{ afterMs: 40, bytes }] : [])];
    });
    for (let nth = 1; nth < 40; nth += 1) await within(clock, 500, ask(inputsOf(1), 'safetyInputs'));
    expect(why(await within(clock, 200, ask(relayOn(1, 1), 'guard')))).toBe('ok');
    expect(why(await within(clock, 400, ask(relayOn(1, 1), 'guard')))).toBe('unanswered');
    expect(port.sent).toHaveLength(41);
  });
});

describe('a board that gives one length whatever it is asked for', () => {
  it('is asked something that it answers, and is read on', async () => {
    const { clock, ask, line } = await rig((request, nth) => {
      const bytes = answerOf(request, nth);
      return [{ afterMs: 20, bytes }, ...(nth % 10 === 3 ? [{ afterMs: 30, bytes }] : [])];
    });
    for (let nth = 0; nth < 60; nth += 1) await within(clock, 1500, ask(inputsOf(1), 'safetyInputs'));
    expect(line.status().units[0]?.timeouts).toBeLessThanOrEqual(2);
  });
});

describe('reads on which a boom comes down', () => {
  it('have something else answered between them, so that the second cannot be the first once more', async () => {
    // The board has eight inputs and refuses to show a ninth.
    const { clock, ask, port } = await rig((request) => [
      { afterMs: 20, bytes: request[5] === 8 ? answerOf(request) : rtu(1, 0x82, 2) },
    ]);
    for (let nth = 0; nth < 2; nth += 1)
      expect(why(await within(clock, 500, ask(inputsOf(1), 'closingInputs')))).toBe('ok');
    expect(port.sent).toHaveLength(3);
    expect(port.sent[1]?.hex).not.toBe(port.sent[0]?.hex);
    expect(port.sent[2]?.hex).toBe(port.sent[0]?.hex);
  });
});
