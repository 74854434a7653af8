import { describe, expect, it } from 'vitest';
import type { ModbusReply } from '../../src/contract/line.ts';
import { answerOf } from './byte-port.ts';
import { inputsOf, relayOn, rig, why, within } from './rig.ts';

const aliveFrom =
  (...units: number[]) =>
  (request: Uint8Array) =>
    units.includes(request[0] ?? 0) ? [{ afterMs: 12, bytes: answerOf(request) }] : [];

describe('a unit that does not answer', () => {
  it('leaves the others their rate, and is probed at most once a second for 60 ms', async () => {
    const { clock, line, port } = await rig(aliveFrom(1));
    const at: number[] = [];
    line.poll('live', inputsOf(1), 100, 'safetyInputs', (reply) => {
      if (reply.ok) at.push(reply.receivedAt);
    });
    for (const unit of [2, 3, 4, 5, 6, 7, 8]) line.poll(`dead${unit}`, inputsOf(unit), 100, 'safetyInputs', () => {});
    await clock.pass(10_000);
    const from = clock.mono();
    await clock.pass(20_000);
    const live = at.filter((each) => each > from);
    expect(live.length).toBeGreaterThan(180);
    const gaps = live.slice(1).map((each, nth) => each - (live[nth] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(200);
    const probes = port.sent.filter(({ at: sentAt, hex }) => sentAt > from && !hex.startsWith('01'));
    expect(probes.length).toBeLessThanOrEqual(20);
    expect(probes.length).toBeGreaterThan(0);
  });

  it('is found again when it answers, and is polled at its rate', async () => {
    let units = [1];
    const { clock, line } = await rig((request) => aliveFrom(...units)(request));
    const seen: ModbusReply[] = [];
    line.poll('one', inputsOf(1), 100, 'safetyInputs', () => {});
    line.poll('two', inputsOf(2), 100, 'safetyInputs', (reply) => seen.push(reply));
    await clock.pass(30_000);
    expect(line.unit(2).answering).toBe(false);
    expect(seen.every((reply) => !reply.ok)).toBe(true);
    units = [1, 2];
    await clock.pass(12_000);
    expect(line.unit(2).answering).toBe(true);
    seen.length = 0;
    await clock.pass(2000);
    expect(seen.filter((reply) => reply.ok).length).toBeGreaterThan(17);
  });

  it('learns how fast a unit answers, so that its silence costs little', async () => {
    let units = [1];
    const { clock, line, ask } = await rig((request) => aliveFrom(...units)(request));
    for (let nth = 0; nth < 10; nth += 1) await within(clock, 100, ask(inputsOf(1)));
    units = [];
    const before = clock.mono();
    expect(why(await within(clock, 300, ask(relayOn(1, 1))))).toBe('unanswered');
    expect(clock.mono() - before).toBeLessThan(70);
    expect(line.status().units[0]?.deadlineMs).toBeLessThan(50);
  });

  it('alone on its line makes the port be opened anew, ever more rarely', async () => {
    const { clock, line, port } = await rig(() => []);
    line.poll('dead', inputsOf(1), 100, 'safetyInputs', () => {});
    await clock.pass(600_000);
    expect(port.opened).toBeGreaterThan(1);
    expect(port.opened).toBeLessThan(10);
  });
});

describe('a line asked for more than it carries', () => {
  it('slows everybody in proportion and keeps room for commands', async () => {
    const { clock, line, ask } = await rig(aliveFrom(1, 2, 3, 4, 5, 6, 7, 8));
    const counts = new Map<number, number>();
    for (const unit of [1, 2, 3, 4, 5, 6, 7, 8]) {
      line.poll(`unit${unit}`, inputsOf(unit), 100, 'safetyInputs', () =>
        counts.set(unit, (counts.get(unit) ?? 0) + 1),
      );
    }
    await clock.pass(20_000);
    const all = [...counts.values()];
    expect(all).toHaveLength(8);
    expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(3);
    expect(Math.min(...all)).toBeGreaterThan(60);
    expect(line.status().asked).toBeGreaterThan(0.9);
    expect(line.status().usage).toBeLessThan(0.93);
    for (const { admittedMs } of line.status().polls) expect(admittedMs).toBeGreaterThan(110);
    const before = clock.mono();
    await within(clock, 200, ask(relayOn(3, 1), 'command'));
    expect(clock.mono() - before).toBeLessThan(60);
  });

  it('reads a closing lane at 5 Hz and more, and the others still', async () => {
    const { clock, line } = await rig(aliveFrom(1, 2, 3, 4, 5, 6, 7, 8));
    const counts = new Map<number, number>();
    for (const unit of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const closing = unit === 1;
      line.poll(`unit${unit}`, inputsOf(unit), closing ? 150 : 100, closing ? 'closingInputs' : 'safetyInputs', () =>
        counts.set(unit, (counts.get(unit) ?? 0) + 1),
      );
    }
    await clock.pass(20_000);
    expect(counts.get(1)).toBeGreaterThan(100);
    for (const unit of [2, 3, 4, 5, 6, 7, 8]) expect(counts.get(unit)).toBeGreaterThan(20);
  });

  it('status reads get through beside safety inputs', async () => {
    const { clock, line } = await rig(aliveFrom(1, 2, 3, 4));
    let status = 0;
    for (const unit of [1, 2, 3, 4]) line.poll(`unit${unit}`, inputsOf(unit), 20, 'safetyInputs', () => {});
    line.poll('status', { fc: 1, unit: 1, address: 0, count: 8 }, 1000, 'status', () => {
      status += 1;
    });
    await clock.pass(20_000);
    expect(status).toBeGreaterThan(8);
  });
});

describe('an unplugged adapter', () => {
  it('makes everything unreachable at once, and nothing that waited is sent on return', async () => {
    const { clock, line, ask, port } = await rig(() => []);
    const polled: ModbusReply[] = [];
    line.poll('one', inputsOf(1), 100, 'safetyInputs', (reply) => polled.push(reply));
    const inFlight = ask(relayOn(1, 1), 'command');
    const waiting = ask(relayOn(1, 2), 'command');
    await clock.pass(2);
    const before = port.sent.length;
    port.unplug();
    expect(why(await within(clock, 2, inFlight))).toBe('unreachable');
    expect(why(await within(clock, 2, waiting))).toBe('unreachable');
    expect(polled.at(-1)).toMatchObject({ ok: false, why: 'unreachable' });
    expect(why(await within(clock, 2, ask(relayOn(1, 3), 'emergency')))).toBe('unreachable');
    await clock.pass(20_000);
    port.present = true;
    await clock.pass(10_000);
    expect(line.status().up).toBe(true);
    expect(port.sent.slice(before).filter(({ hex }) => hex.startsWith('01 05'))).toEqual([]);
  });
});
