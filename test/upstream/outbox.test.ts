import { describe, expect, it } from 'vitest';
import { mqttCause, ownCause } from '../../src/upstream/causes.ts';
import { eventText, type JournalRow } from '../../src/upstream/messages.ts';
import { Outbox } from '../../src/upstream/outbox.ts';
import { publishBytes } from '../../src/upstream/packet-size.ts';
import { Journal, rowOf } from './fixtures.ts';

function outboxOver(journal: { readFrom(seq: number, limit: number): readonly JournalRow[]; last: number }, from = 0) {
  const gaps: (readonly number[])[] = [];
  const failures: unknown[] = [];
  const skipped: (readonly [number, string])[] = [];
  const outbox = new Outbox<JournalRow>({
    compose: (record, reduced) => ({
      topic: 't',
      payload: eventText(record, { gateway: 'g', personal: 'full' }, reduced),
    }),
    missing: (a, b) => void gaps.push([a, b]),
    skipped: ({ seq }, { code }) => void skipped.push([seq, code]),
    readFailed: (error) => void failures.push(error),
  });
  outbox.attach(journal, from, journal.last);
  const take = (count: number) => Array.from({ length: count }, () => outbox.next()?.token ?? null);
  return { outbox, gaps, failures, skipped, take };
}

describe('the outbox', () => {
  it('counts as acknowledged only the beginning that is whole', () => {
    const { outbox, take } = outboxOver(new Journal(10));
    expect(take(4)).toEqual([1, 2, 3, 4]);
    outbox.acknowledged(2);
    outbox.acknowledged(4);
    expect(outbox.progress.seq).toBe(0);
    outbox.acknowledged(1);
    expect(outbox.progress.seq).toBe(2);
    outbox.acknowledged(3);
    expect(outbox.progress).toMatchObject({ seq: 4, epoch: rowOf(4).epoch });
    expect(outbox.waiting).toBe(6);
    expect(outbox.oldest?.seq).toBe(5);
  });

  it('sends again from the first that was not acknowledged, and believes no answer of before', () => {
    const { outbox, take } = outboxOver(new Journal(10), 3);
    expect(take(3)).toEqual([4, 5, 6]);
    outbox.acknowledged(4);
    outbox.rewind(null);
    outbox.acknowledged(5);
    expect(outbox.progress.seq).toBe(4);
    expect(take(2)).toEqual([5, 6]);
  });

  it('drains a month of records by pages, holding no more than one', () => {
    const journal = new Journal(500_000);
    const { outbox } = outboxOver(journal);
    let next = 1;
    while (next <= journal.last) {
      const sent = Array.from({ length: 32 }, () => outbox.next()).filter((message) => message !== null);
      for (const { token } of sent) {
        expect(token).toBe(next);
        next += 1;
      }
      for (const { token } of sent) outbox.acknowledged(token);
    }
    expect(outbox.waiting).toBe(0);
    expect(outbox.oldest).toBeNull();
    expect(journal.largestRead).toBeLessThanOrEqual(64);
    // Pages, and a look at the oldest for each of them at most: not one read a record.
    expect(journal.reads).toBeLessThan(2 * (500_000 / 32));
  });

  it('tells once of records that the journal has lost, and goes on behind them', () => {
    const journal = new Journal(20);
    journal.first = 8;
    const { outbox, take, gaps } = outboxOver(journal, 2);
    expect(take(2)).toEqual([8, 9]);
    outbox.rewind(null);
    expect(take(1)).toEqual([8]);
    expect(gaps).toEqual([[3, 7]]);
  });

  it('waits while the database cannot be read, and loses nothing', () => {
    const journal = new Journal(5);
    journal.failing = true;
    const { take, failures } = outboxOver(journal);
    expect(take(1)).toEqual([null]);
    expect(failures.length).toBeGreaterThan(0);
    journal.failing = false;
    expect(take(2)).toEqual([1, 2]);
  });

  const cut = ownCause('closed', true);
  const bodyOf = (message: { payload: string } | null) => JSON.parse(message?.payload ?? '{}').body;

  it('sends the oldest alone after three connections that it ended, without its body after six, and the next whole', () => {
    const { outbox, take } = outboxOver(new Journal(10));
    for (let round = 0; round < 3; round += 1) {
      expect(outbox.isCautious).toBe(false);
      take(5);
      outbox.rewind(cut);
    }
    expect(outbox.isCautious).toBe(true);
    for (let round = 3; round < 6; round += 1) {
      const message = outbox.next();
      expect(message?.token).toBe(1);
      expect(bodyOf(message)).toEqual({ to: 'open' });
      expect(outbox.next()).toBeNull();
      outbox.rewind(cut);
    }
    // Whether it is this record, or the broker takes none, the next one shows.
    expect(outbox.next()?.token).toBe(2);
    expect(outbox.next()).toBeNull();
    outbox.acknowledged(2);
    expect(outbox.progress.seq).toBe(0);
    const message = outbox.next();
    expect(JSON.parse(message?.payload ?? '')).toMatchObject({
      seq: 1,
      reduced: true,
      body: null,
      hash: rowOf(1).hash,
    });
    outbox.acknowledged(1);
    expect(outbox.tooLarge).toMatchObject({ seq: 1, limit: null });
    expect(take(2)).toEqual([2, 3]);
  });

  it('counts no connection that ended for another reason', () => {
    const { outbox, take } = outboxOver(new Journal(10));
    for (let round = 0; round < 20; round += 1) {
      take(5);
      outbox.rewind(null);
    }
    expect(outbox.isCautious).toBe(false);
    expect(bodyOf(outbox.next())).toEqual({ to: 'open' });
  });

  /** A broker that ends the connection at these and answers all others; gives what was sent, in order. */
  const deliver = (outbox: Outbox<JournalRow>, rounds: number, fatal: (seq: number) => boolean) => {
    const sent: { readonly seq: number; readonly whole: boolean }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const message = outbox.next();
      if (message === null) break;
      sent.push({ seq: message.token, whole: bodyOf(message) !== null });
      if (fatal(message.token)) outbox.rewind(cut);
      else outbox.acknowledged(message.token);
    }
    return sent;
  };

  it('passes over, named, a record that ends twelve connections even without its body, once others were taken', () => {
    const { outbox, skipped } = outboxOver(new Journal(3));
    const sent = deliver(outbox, 100, (seq) => seq === 1);
    expect(skipped).toEqual([[1, 'closed']]);
    expect(sent.filter(({ seq }) => seq === 1)).toHaveLength(12);
    expect(outbox.progress.seq).toBe(3);
  });

  it('passes over several in a row that the broker does not take, and no other', () => {
    const { outbox, skipped } = outboxOver(new Journal(20));
    deliver(outbox, 2000, (seq) => seq >= 4 && seq <= 6);
    expect(skipped.map(([seq]) => seq)).toEqual([4, 5, 6]);
    expect(outbox.progress.seq).toBe(20);
  });

  it('gives up nothing of any record while the broker takes none at all, and sends everything once it does', () => {
    const { outbox, skipped, take } = outboxOver(new Journal(20));
    const sent = deliver(outbox, 1000, () => true);
    expect(sent).toHaveLength(1000);
    expect(sent.every(({ whole }) => whole)).toBe(true);
    expect(skipped).toEqual([]);
    // Nobody hears of a later record first.
    const first = [...new Set(sent.map(({ seq }) => seq))];
    expect(first).toEqual([...first].sort((a, b) => a - b));
    const rest = deliver(outbox, 100, () => false);
    expect(rest.every(({ whole }) => whole)).toBe(true);
    expect(new Set(rest.map(({ seq }) => seq)).size).toBe(20);
    expect(outbox.waiting).toBe(0);
    expect(take(1)).toEqual([null]);
  });

  it('sends a record without its body that the broker has refused by name, and the others whole', () => {
    const { outbox, take } = outboxOver(new Journal(10));
    take(2);
    outbox.refused(2, mqttCause(153, true));
    outbox.rewind(null);
    const sent = [outbox.next(), outbox.next(), outbox.next()];
    expect(sent.map((message) => bodyOf(message) === null)).toEqual([false, true, false]);
  });

  it('passes over one that is refused without its body too, only once it is the oldest', () => {
    const { outbox, skipped, take } = outboxOver(new Journal(10));
    for (let round = 0; round < 2; round += 1) {
      take(2);
      outbox.refused(2, mqttCause(153, true));
      outbox.rewind(null);
    }
    expect(take(2)).toEqual([1, null]);
    expect(skipped).toEqual([]);
    outbox.acknowledged(1);
    expect(take(2)).toEqual([3, null]);
    expect(skipped).toEqual([]);
    outbox.acknowledged(3);
    expect(take(1)).toEqual([3]);
    expect(skipped).toEqual([[2, 'mqtt153']]);
  });

  it('reckons by bytes with what the broker takes: whole to the last byte, then without the body; what fits in no form waits', () => {
    const { outbox, skipped } = outboxOver(new Journal(10));
    const first = outbox.next();
    const bytes = publishBytes(first?.topic ?? '', first?.payload ?? '');
    outbox.packetBytesMax = bytes;
    outbox.rewind(null);
    expect(bodyOf(outbox.next())).toEqual({ to: 'open' });
    outbox.packetBytesMax = bytes - 1;
    outbox.rewind(null);
    expect(bodyOf(outbox.next())).toBeNull();
    outbox.packetBytesMax = 100;
    outbox.rewind(null);
    expect(outbox.next()).toBeNull();
    expect(skipped).toEqual([]);
    expect(outbox.waiting).toBe(10);
    outbox.packetBytesMax = bytes;
    expect(bodyOf(outbox.next())).toEqual({ to: 'open' });
  });

  it('remembers the size that was refused, and lets one of that size go whole again when it may be taken by now', () => {
    const { outbox, take } = outboxOver(new Journal(10));
    take(1);
    outbox.refused(1, mqttCause(149, true));
    outbox.rewind(null);
    // The third bears a person's plate and is larger than the first.
    const [one, , three] = [outbox.next(), outbox.next(), outbox.next()];
    expect([bodyOf(one), bodyOf(three)]).toEqual([null, null]);
    for (const seq of [1, 2, 3]) outbox.acknowledged(seq);
    expect(outbox.tooLarge).not.toBeNull();
    outbox.tryAgain();
    take(2);
    expect(bodyOf(outbox.next())).toMatchObject({ outcome: 'denied' });
    outbox.acknowledged(6);
    expect(outbox.tooLarge).toBeNull();
  });
});

describe('an event', () => {
  const row = rowOf(3);

  it.each([
    ['full', { plate: '京A12345' }],
    ['masked', { plate: '京A***5' }],
    ['none', null],
  ] as const)('tells of a person %s', (personal, shown) => {
    const event = JSON.parse(eventText(row, { gateway: 'g', personal }, false));
    expect(event).toMatchObject({ personal: shown, personalMode: personal, id: `g/${row.epoch}/3` });
    expect(event.decision).toMatchObject({ outcome: 'denied', code: 'unknownCredential' });
  });

  it('masks whatever is nested, and short names wholly', () => {
    const personal = { by: '王工', more: { cards: ['0123456789', 7], deep: { plate: '沪BK3391' } } };
    const event = JSON.parse(eventText({ ...row, personal }, { gateway: 'g', personal: 'masked' }, false));
    expect(event.personal).toEqual({ by: '**', more: { cards: ['01***9', null], deep: { plate: '沪B***1' } } });
  });

  it('that is too large goes without its body and says so', () => {
    const large = { ...row, body: { text: 'x'.repeat(200_000) } };
    const text = eventText(large, { gateway: 'g', personal: 'full' }, false);
    expect(text.length).toBeLessThan(2000);
    expect(JSON.parse(text)).toMatchObject({ seq: 3, reduced: true, body: null });
  });
});
