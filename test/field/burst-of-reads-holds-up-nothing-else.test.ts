import { describe, expect, it } from 'vitest';
import { MessageChannel } from 'node:worker_threads';
import { oneARound } from '../../src/field/one-a-round.ts';

const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a burst that a pipe hands over at once', () => {
  it('begins at once and goes on one a round, in order', async () => {
    const taken: number[] = [];
    const inTurn = oneARound((item: number) => taken.push(item));
    for (const item of [1, 2, 3]) inTurn(item);
    expect(taken).toEqual([1]);
    await round();
    expect(taken).toEqual([1, 2]);
    inTurn(4);
    for (let rounds = 0; rounds < 3; rounds += 1) await round();
    expect(taken).toEqual([1, 2, 3, 4]);
    inTurn(5);
    expect(taken).toEqual([1, 2, 3, 4, 5]);
  });

  it('lets an acknowledgement from another thread through before its last', async () => {
    const { port1, port2 } = new MessageChannel();
    const events: string[] = [];
    port2.on('message', () => events.push('acknowledged'));
    await round();
    const { promise, resolve } = Promise.withResolvers<void>();
    const inTurn = oneARound((item: number) => {
      if (item === 0) port1.postMessage('committed');
      events.push(`read ${item}`);
      if (item === 99) resolve();
    });
    for (let item = 0; item < 100; item += 1) inTurn(item);
    await promise;
    port2.close();
    expect(events).toContain('acknowledged');
    expect(events.at(-1)).toBe('read 99');
  });

  it('goes on after one that throws', async () => {
    const taken: number[] = [];
    const inTurn = oneARound((item: number) => {
      if (item === 1) throw new Error('a defect');
      taken.push(item);
    });
    expect(() => inTurn(1)).toThrow('a defect');
    inTurn(2);
    await round();
    expect(taken).toEqual([2]);
  });
});
