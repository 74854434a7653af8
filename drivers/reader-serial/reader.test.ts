import { describe, expect, it } from 'vitest';
import { makeReader } from '../../test/field/reader-rig.ts';
import { Repeats, rememberedCards } from './repeats.ts';
import { frameOf } from './twin.ts';

/** On, and quiet for long enough that what comes is of now. */
const begun = async (...args: Parameters<typeof makeReader>) => {
  const rig = await makeReader(...args);
  await rig.start();
  await rig.clock.pass(2500);
  return rig;
};
const faults = (rig: Awaited<ReturnType<typeof begun>>): readonly string[] =>
  rig.seen.flatMap((one) => (one.kind === 'deviceFault' ? [`${one.fault} ${one.raised}`] : []));
const bad = Uint8Array.from(Buffer.from('\u000262E3086CED09\u0003', 'latin1'));

describe('a card that is held to the reader', () => {
  it('is one read however long, and another only after it was away for releaseAfter', async () => {
    const rig = await begun();
    rig.twin.hold(rig.card(1));
    await rig.clock.pass(20_000);
    rig.twin.release();
    expect(rig.cards()).toHaveLength(1);
    await rig.clock.pass(900);
    rig.twin.hold(rig.card(1));
    await rig.clock.pass(500);
    rig.twin.release();
    expect(rig.cards()).toHaveLength(1);
    await rig.clock.pass(1000);
    rig.twin.hold(rig.card(1));
    await rig.clock.pass(500);
    expect(rig.cards()).toHaveLength(2);
    expect(rig.reads()[0]).toMatchObject({ device: 'reader', bits: 40, format: 'em4100', late: false });
    await rig.stop();
  });

  it('stays one read when wrong frames come in between, and when they alone are heard for a while', async () => {
    const rig = await begun();
    rig.twin.show(rig.card(1));
    for (let round = 0; round < 10; round += 1) {
      await rig.clock.pass(300);
      rig.port.say(bad);
    }
    await rig.clock.pass(300);
    rig.twin.show(rig.card(1));
    await rig.clock.pass(300);
    expect(rig.cards()).toHaveLength(1);
    await rig.stop();
  });

  it('is read anew after long noise all the same: a disturbed reader does not lock it out', async () => {
    const rig = await begun();
    rig.twin.show(rig.card(1));
    for (let round = 0; round < 60; round += 1) {
      await rig.clock.pass(300);
      rig.port.say(bad);
    }
    rig.twin.show(rig.card(1));
    await rig.clock.pass(2500);
    expect(rig.cards()).toHaveLength(2);
    await rig.stop();
  });

  it('is not read again because another card came in between', async () => {
    const rig = await begun();
    for (const number of [1, 2, 1, 2, 1]) {
      rig.twin.show(rig.card(number));
      await rig.clock.pass(200);
    }
    expect(rig.cards()).toHaveLength(2);
    await rig.stop();
  });

  it('is another than one of the same number in more bits', async () => {
    const rig = await begun('hex-line');
    rig.port.say(new TextEncoder().encode('D507D0\r\n'));
    rig.port.say(new TextEncoder().encode('00D507D0\r\n'));
    await rig.clock.pass(2500);
    expect(rig.cards()).toEqual(['24:d507d0', '32:d507d0']);
    await rig.stop();
  });

  it('is told again when nobody had room for it', async () => {
    const rig = await begun();
    rig.receipt = 'refused';
    rig.twin.hold(rig.card(1));
    await rig.clock.pass(100);
    rig.receipt = 'recorded';
    await rig.clock.pass(1000);
    const before = rig.cards().length;
    await rig.clock.pass(1000);
    expect(before).toBeGreaterThan(1);
    expect(rig.cards()).toHaveLength(before);
    await rig.stop();
  });

  it('is forgotten before the list of held cards grows without end', () => {
    const repeats = new Repeats(1000);
    for (let card = 0; card < 10 * rememberedCards; card += 1) expect(repeats.isNew(`64:${card}`, 0)).toBe(true);
    expect(repeats.isNew(`64:${10 * rememberedCards - 1}`, 1)).toBe(false);
    expect(repeats.isNew('64:0', 1)).toBe(true);
  });
});

describe('a reader that cannot be understood', () => {
  it('is a fault after five bad frames within a minute, and no longer after three good ones', async () => {
    const rig = await begun();
    for (let round = 0; round < 4; round += 1) {
      rig.port.say(bad);
      await rig.clock.pass(500);
    }
    expect(faults(rig)).toEqual([]);
    rig.port.say(bad);
    await rig.clock.pass(500);
    expect(faults(rig)).toEqual(['readerNoise true']);
    expect(rig.seen.find((one) => one.kind === 'deviceFault')).toMatchObject({ detail: 'wrong checksum' });
    rig.twin.hold(rig.card(1));
    await rig.clock.pass(500);
    expect(faults(rig)).toEqual(['readerNoise true', 'readerNoise false']);
    await rig.stop();
  });

  it('is no fault when the bad frames are far apart', async () => {
    const rig = await begun();
    for (let round = 0; round < 20; round += 1) {
      rig.port.say(bad);
      await rig.clock.pass(20_000);
    }
    expect(faults(rig)).toEqual([]);
    await rig.stop();
  });

  it('whose keypad is used is no fault, and tells no key', async () => {
    const rig = await begun('s4a-ethernet');
    for (const key of '1234567890') {
      rig.port.say(Uint8Array.of(key.charCodeAt(0)));
      await rig.clock.pass(300);
    }
    expect(rig.seen).toEqual([]);
    await rig.stop();
  });
});

describe('a frame', () => {
  it('does not go on over a connection that was lost', async () => {
    const rig = await begun();
    const frame = frameOf(rig.card(1), rig.config.profile);
    rig.port.say(frame.slice(0, 7));
    rig.port.unplug();
    rig.port.present = true;
    for (let passed = 0; rig.port.opened < 2 && passed < 2000; passed += 10) await rig.clock.pass(2500);
    rig.port.say(frame.slice(7));
    await rig.clock.pass(1000);
    expect(rig.cards()).toEqual([]);
    expect(rig.seen.map(({ kind }) => kind)).toEqual(['deviceSilent', 'deviceReturned']);
    await rig.stop();
  });
});

describe('the wait for the end of a frame', () => {
  const waits = (rig: Awaited<ReturnType<typeof begun>>) =>
    rig.clock.timers().filter(({ name }) => name === 'reader.silence').length;

  it('is over with the connection', async () => {
    const rig = await begun();
    rig.port.say(frameOf(rig.card(1), rig.config.profile).slice(0, 7));
    await rig.clock.pass(10);
    expect(waits(rig)).toBe(1);
    rig.port.unplug();
    await rig.clock.pass(10);
    expect(waits(rig)).toBe(0);
    await rig.stop();
  });

  it('goes on after a text without end mark until no rest of it can come', async () => {
    const rig = await begun('qr-silence');
    const say = (text: string) => rig.port.say(new TextEncoder().encode(text));
    say('https://pay.example/u?id=');
    await rig.clock.pass(700);
    say('0013961168');
    await rig.clock.pass(2100);
    expect(waits(rig)).toBe(0);
    say('pass-2');
    await rig.clock.pass(100);
    expect(rig.reads().map(({ text }) => text)).toEqual(['https://pay.example/u?id=', 'pass-2']);
    await rig.stop();
  });
});

describe('a UHF reader', () => {
  it('is asked again and again, and never over a connection that is gone', async () => {
    const rig = await begun('uhf-r2000');
    await rig.clock.pass(1000);
    expect(rig.port.sent.length).toBeGreaterThanOrEqual(4);
    expect(new Set(rig.port.sent.map(({ hex }) => hex))).toEqual(new Set(['a0 04 01 89 01 d1']));
    const before = rig.port.sent.length;
    rig.port.unplug();
    await rig.clock.pass(60_000);
    expect(rig.port.sent).toHaveLength(before);
    rig.port.present = true;
    await rig.clock.pass(31_000);
    const [first] = rig.port.sent.slice(before);
    expect(first).toBeDefined();
    expect(rig.port.sent.filter(({ at }) => at === first?.at)).toHaveLength(1);
    await rig.stop();
  });

  it('reports several tags at once, each once', async () => {
    const rig = await begun('uhf-r2000');
    for (let round = 0; round < 50; round += 1) {
      for (const number of [1, 2, 3]) rig.twin.show(rig.card(number));
      await rig.clock.pass(50);
    }
    expect(rig.cards()).toHaveLength(3);
    await rig.stop();
  });
});

describe('what comes up with a connection', () => {
  it('may have waited in a converter for hours: it is late, whole as it is', async () => {
    const rig = await begun();
    const frame = (card: number) => frameOf(rig.card(card), rig.config.profile);
    rig.port.unplug();
    await rig.clock.pass(600_000);
    rig.port.present = true;
    await rig.clock.pass(35_000);
    rig.port.unplug();
    await rig.clock.pass(10);
    rig.port.present = true;
    const before = rig.reads().length;
    for (let ms = 0; ms < 40_000 && rig.reads().length === before; ms += 10) {
      rig.port.say(frame(1));
      await rig.clock.pass(10);
    }
    expect(
      rig
        .reads()
        .slice(before)
        .map(({ late }) => late),
    ).toEqual(['held']);
    await rig.stop();
  });

  it('is live once the line was quiet for 300 ms, the same card held on as well', async () => {
    const rig = await makeReader();
    await rig.start();
    await rig.clock.pass(10);
    const say = () => rig.port.say(frameOf(rig.card(1), rig.config.profile));
    say();
    await rig.clock.pass(250);
    say();
    await rig.clock.pass(310);
    say();
    await rig.clock.pass(100);
    expect(rig.reads().map(({ late }) => late)).toEqual(['held', false]);
    await rig.stop();
  });

  it('is live after 2 s where the line is never quiet', async () => {
    const rig = await makeReader();
    await rig.start();
    await rig.clock.pass(10);
    for (let ms = 0; ms < 2600; ms += 100) {
      rig.port.say(frameOf(rig.card(1), rig.config.profile));
      await rig.clock.pass(100);
    }
    const [first, second] = rig.reads();
    expect([first?.late, second?.late]).toEqual(['held', false]);
    expect((second?.receivedAt ?? 0) - (first?.receivedAt ?? 0)).toBeGreaterThanOrEqual(1900);
    await rig.stop();
  });
});
