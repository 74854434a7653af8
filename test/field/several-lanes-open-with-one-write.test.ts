/** An emergency over four lanes of one board: one frame where the board obeys it, four where it does not. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/sim/random.ts';
import { type CrowdedLine, crowdedLine, deviceOf, type FourLanes } from './crowded-line.ts';
import { relayOn, rig, why } from './rig.ts';
import { answerOf, rtu } from './byte-port.ts';

const AFTER_FLIGHT_MS = 20;

let line: CrowdedLine | null = null;
afterEach(async () => {
  const ending = line?.stop();
  await line?.clock.pass(5000);
  await ending;
  line = null;
});

async function begun(units: readonly number[], four: FourLanes): Promise<CrowdedLine> {
  line = await crowdedLine(units, four);
  await line.clock.pass(5000);
  return line;
}

const allFour = '010f00000004010f';
const writes = ({ sent }: CrowdedLine, from = 0) =>
  sent
    .slice(from)
    .filter(({ fc }) => fc >= 5)
    .map(({ hex }) => hex);
const singles = [0, 1, 2, 3].map((coil) => `0105000${coil}ff00`);

async function emergency(crowded: CrowdedLine, unit = 1) {
  const outcomes = crowded.orderAll(unit, 'holdOn', 'emergency');
  await crowded.clock.pass(1500);
  return Promise.all(outcomes);
}

describe('an emergency over the four lanes of a board', () => {
  it('is one frame, and each lane has its own outcome of it', async () => {
    const crowded = await begun([1], { units: [1] });
    crowded.board(1).relays.fill(true, 4);
    const from = crowded.sent.length;
    const outcomes = await emergency(crowded);
    expect(writes(crowded, from)).toEqual([allFour]);
    const sentAt = crowded.sent.find(({ fc }) => fc === 15)?.at;
    expect(outcomes).toEqual(Array.from({ length: 4 }, () => ({ result: 'confirmed', sentAt, detail: '' })));
    // The CLOSE contacts beside them are as they were.
    expect(crowded.board(1).relays).toEqual(new Array(8).fill(true));
  });

  it('is one frame too where it is ordered while others have the line, and where a reading sets it off', async () => {
    const crowded = await begun([1, 2, 3], { units: [1] });
    let from = crowded.sent.length;
    while (crowded.sent.length === from) await crowded.clock.pass(1);
    await emergency(crowded);
    expect(writes(crowded, from)).toEqual([allFour]);
    from = crowded.sent.length;
    const ordered: string[] = [];
    crowded.onSeen((seen) => {
      if (seen.kind !== 'inputsRead' || !seen.device.startsWith('boom-1') || ordered.includes(seen.device)) return;
      ordered.push(seen.device);
      void crowded.orderOf(seen.device, 'holdOn', 'emergency');
    });
    await crowded.clock.pass(1000);
    expect(ordered).toHaveLength(4);
    expect(writes(crowded, from)).toEqual([allFour]);
  });

  it('opens them one by one where the board refuses such a frame, each within 20 ms of the one before, and asks it no more', async () => {
    const crowded = await begun([1, 2, 3], { units: [1], many: 'refused' });
    const from = crowded.sent.length;
    const outcomes = await emergency(crowded);
    expect(writes(crowded, from)).toEqual([allFour, ...singles]);
    expect(outcomes.map(({ result }) => result)).toEqual(new Array(4).fill('confirmed'));
    expect(new Set(outcomes.map(({ sentAt }) => sentAt)).size).toBe(4);
    const frames = crowded.sent.slice(from);
    const begins = frames.findIndex(({ fc }) => fc === 15);
    for (const nth of [1, 2, 3, 4]) {
      const waited = (frames[begins + nth]?.at ?? Number.NaN) - (frames[begins + nth - 1]?.endsAt ?? Number.NaN);
      expect(waited).toBeLessThanOrEqual(AFTER_FLIGHT_MS);
    }
    const again = crowded.sent.length;
    await emergency(crowded);
    expect(writes(crowded, again)).toEqual(singles);
  });

  it('opens them one by one where the board says nothing to such a frame, and after the second time asks it no more', async () => {
    const crowded = await begun([1], { units: [1], many: 'ignored' });
    const rounds = [];
    for (let round = 0; round < 3; round += 1) {
      const from = crowded.sent.length;
      const outcomes = await emergency(crowded);
      expect(outcomes.map(({ result }) => result)).toEqual(new Array(4).fill('confirmed'));
      rounds.push(writes(crowded, from));
    }
    expect(rounds).toEqual([[allFour, ...singles], [allFour, ...singles], singles]);
  });

  it('that was obeyed and whose answer was lost moves nothing twice', async () => {
    const crowded = await begun([1], { units: [1] });
    const moves: string[] = [];
    crowded.board(1).onRelay((relay, on) => moves.push(`${relay} ${on ? 'on' : 'off'}`));
    crowded.swallow.add('010f');
    const outcomes = await emergency(crowded);
    expect(outcomes.map(({ result }) => result)).toEqual(new Array(4).fill('confirmed'));
    expect(moves).toEqual(['1 on', '2 on', '3 on', '4 on']);
  });

  it('tells of a frame that may have been obeyed, should the time for the next be over', async () => {
    const {
      clock,
      ask,
      line: owner,
    } = await rig((request) => (request[1] === 15 ? [] : [{ afterMs: 30, bytes: answerOf(request) }]));
    void ask(relayOn(1, 8));
    await clock.pass(100);
    const replies: Promise<unknown>[] = [];
    const more = { joins: true, deadline: clock.mono() + 20 };
    owner.together(() => {
      for (const relay of [1, 2]) replies.push(ask(relayOn(1, relay), 'emergency', more));
    });
    const sentAt = clock.mono();
    await clock.pass(1000);
    expect(await Promise.all(replies)).toMatchObject([
      { why: 'unanswered', sentAt },
      { why: 'unanswered', sentAt },
    ]);
  });

  it('is one frame, and no more, to a board that is known to be dead', async () => {
    const crowded = await begun([1, 2], { units: [1] });
    crowded.dead.add(1);
    await crowded.clock.pass(20_000);
    const from = crowded.sent.length;
    const outcomes = await emergency(crowded);
    expect(writes(crowded, from)).toEqual([allFour]);
    expect(outcomes.map(({ result }) => result)).toEqual(new Array(4).fill('unanswered'));
  });
});

describe('no frame of several', () => {
  it('is made of pulses: each keeps the time that its board counts', async () => {
    const crowded = await begun([1], { units: [1] });
    const from = crowded.sent.length;
    for (const priority of ['emergency', 'guard'] as const) {
      void crowded.orderAll(1, 'pulseOpen', priority);
      await crowded.clock.pass(1500);
    }
    const flashes = [0, 1, 2, 3].map((coil) => `0105020${coil}0005`);
    expect(writes(crowded, from)).toEqual([...flashes, ...flashes]);
  });

  it('is made of what is no emergency', async () => {
    const crowded = await begun([1], { units: [1] });
    const from = crowded.sent.length;
    void crowded.orderAll(1, 'holdOn', 'command');
    await crowded.clock.pass(1500);
    expect(writes(crowded, from)).toEqual(singles);
  });

  it('spans a coil that nobody ordered', async () => {
    const crowded = await begun([1], { units: [1] });
    const from = crowded.sent.length;
    crowded.field.together(() => {
      for (const lane of [1, 2, 4]) void crowded.orderOf(deviceOf(1, lane), 'holdOn', 'emergency');
    });
    await crowded.clock.pass(1500);
    expect(writes(crowded, from)).toEqual(['010f000000020103', '01050003ff00']);
    expect(crowded.board(1).relays[2]).toBe(false);
  });

  const off = { fc: 5, unit: 1, address: 6, value: 0 } as const;

  it('overtakes what its unit was to do before: a STOP contact is let go before its OPEN', async () => {
    const { clock, ask, line: owner, port } = await rig((request) => [{ afterMs: 12, bytes: answerOf(request) }]);
    const from = port.sent.length;
    owner.together(() => {
      void ask(relayOn(1, 1), 'emergency', { joins: true });
      void ask(off, 'emergency');
      void ask(relayOn(1, 2), 'emergency', { joins: true });
      void ask(relayOn(1, 3), 'emergency', { joins: true });
    });
    await clock.pass(1000);
    expect(port.sent.slice(from).map(({ hex }) => hex.replaceAll(' ', '').slice(0, 12))).toEqual([
      '01050000ff00',
      '010500060000',
      '010f00010002',
    ]);
  });

  it('takes a write that was withdrawn, and none is dropped once its frame is out', async () => {
    const { clock, ask, line: owner, port } = await rig((request) => [{ afterMs: 12, bytes: answerOf(request) }]);
    const from = port.sent.length;
    const early = new AbortController();
    const late = new AbortController();
    const replies: ReturnType<typeof ask>[] = [];
    owner.together(() => {
      replies.push(ask(relayOn(1, 1), 'emergency', { joins: true, signal: late.signal }));
      replies.push(ask(relayOn(1, 2), 'emergency', { joins: true }));
      replies.push(ask(relayOn(1, 3), 'emergency', { joins: true, signal: early.signal }));
      early.abort();
    });
    late.abort();
    await clock.pass(1000);
    expect(port.sent.slice(from).map(({ hex }) => hex.replaceAll(' ', '').slice(0, 14))).toEqual(['010f0000000201']);
    expect((await Promise.all(replies)).map(why)).toEqual(['ok', 'ok', 'expired']);
  });
});

it('a write withdrawn while its frame is out does not go by itself, should the board refuse the frame', async () => {
  const {
    clock,
    ask,
    line: owner,
    port,
  } = await rig((request) => [{ afterMs: 12, bytes: request[1] === 15 ? rtu(1, 0x8f, 1) : answerOf(request) }]);
  const from = port.sent.length;
  const late = new AbortController();
  const replies: ReturnType<typeof ask>[] = [];
  owner.together(() => {
    for (const relay of [1, 2])
      replies.push(
        ask(relayOn(1, relay), 'emergency', { joins: true, ...(relay === 1 ? { signal: late.signal } : {}) }),
      );
  });
  late.abort();
  await clock.pass(1000);
  expect((await Promise.all(replies)).map(why)).toEqual(['exception', 'ok']);
  expect(port.sent.slice(from).map(({ hex }) => hex.replaceAll(' ', '').slice(0, 12))).toEqual([
    '010f00000002',
    '01050001ff00',
  ]);
});

describe('on a line with a dead and a babbling unit, at 9600 baud', () => {
  it('all four lanes of a board have their frame within 20 ms of what is in flight, at any phase of the polls', async () => {
    const crowded = await begun([1, 2, 3, 4, 5, 6, 7, 8], { units: [1] });
    const { clock, sent } = crowded;
    const { next: random } = seededRandom(96);
    crowded.dead.add(7);
    const babble = (): void => {
      crowded.babble(Uint8Array.from({ length: 1 + Math.floor(random() * 12) }, () => Math.floor(random() * 256)));
      clock.after('test.babble', 30 + random() * 150, babble);
    };
    babble();
    await clock.pass(10_000);
    const waits: number[] = [];
    for (let times = 0; times < 250; times += 1) {
      await clock.pass(200 + random() * 300);
      const from = sent.length;
      const freeAt = Math.max(clock.mono(), sent.at(-1)?.endsAt ?? 0);
      void crowded.orderAll(1, 'holdOn', 'emergency');
      await clock.pass(250);
      // Counted is the frame from which a lane's coil is on; a lane without one has waited for ever.
      for (const coil of [0, 1, 2, 3]) {
        const frame = sent.slice(from).find(({ hex }) => hex === allFour || hex === singles[coil]);
        waits.push((frame?.at ?? Number.POSITIVE_INFINITY) - freeAt);
      }
    }
    expect(waits).toHaveLength(1000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(AFTER_FLIGHT_MS);
  });

  it('eight dead boards of four lanes each keep the one that lives waiting for less than 3 s', async () => {
    for (const deadForMs of [0, 30_000]) {
      const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
      const crowded = await begun(nine, { units: nine, many: 'ignored' });
      for (const unit of nine.slice(0, 8)) crowded.dead.add(unit);
      await crowded.clock.pass(deadForMs);
      const from = crowded.clock.mono();
      crowded.field.together(() => {
        for (const unit of nine) void crowded.orderAll(unit, 'holdOn', 'emergency');
      });
      await crowded.clock.pass(3000);
      expect(crowded.board(9).relays.slice(0, 4)).toEqual([true, true, true, true]);
      const on = crowded.board(9).writes.filter(({ at }) => at >= from);
      // Known to be dead they wait for those that live; a board that has just died is found out by its first frames.
      expect((on.at(-1)?.at ?? Number.NaN) - from).toBeLessThan(deadForMs === 0 ? 3000 : 300);
      const ending = crowded.stop();
      await crowded.clock.pass(20_000);
      await ending;
    }
  });
});
