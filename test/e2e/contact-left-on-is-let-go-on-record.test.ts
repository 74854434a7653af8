/** What a crash left on, found by a real process on a real socket (gate.md "Portals"; I17). */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { faultOf } from './daemon.ts';
import { Stage, until } from './harness.ts';
import { furtherPolls, oneGate, relays } from './one-gate.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

describe('at start', () => {
  it('a CLOSE contact and the lamp are switched off, each by a recorded command; STOP is let be, and nothing moves', async () => {
    const gate = await oneGate(stage, { list: false, profile: 'generic-coils', board: 'announce: wired' });
    for (const relay of [relays.close, relays.stop, relays.announce]) gate.peer.tell('relay', 1, relay, 1);
    await gate.peer.settled();
    const boom = gate.peer.boom(1);
    const daemon = gate.launch();
    await daemon.when('STOP is told', (now) => faultOf(now, 'stopContactFoundOn', 'east') !== undefined);
    await until('both are let go', () => gate.peer.writes(1).length >= 2);
    await daemon.when('CLOSE reads off', (now) => faultOf(now, 'closeContactFoundOn', 'east') === undefined);
    await furtherPolls(gate.peer, 1, 10);
    const writes = gate.peer.writes(1).map(({ fc, address, values }) => [fc, address, values[0]]);
    expect(writes.sort()).toEqual([
      [5, relays.close - 1, 0],
      [5, relays.announce - 1, 0],
    ]);
    expect(gate.peer.boom(1)).toBe(boom);
    expect(await daemon.stop()).toBe(0);
    const reader = openJournalReader(gate.site.state);
    const commanded = reader.tail(100, { kind: 'commanded' });
    reader.close();
    expect(commanded.map(({ body }) => body.action).sort()).toEqual(['announceOff', 'closeOff']);
  });
});
