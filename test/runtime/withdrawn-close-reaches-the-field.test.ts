import { describe, expect, it } from 'vitest';
import { beginSite } from '../../src/core/site-state.ts';
import { eastLane, input, limits } from '../core/lane-fixtures.ts';
import { gateSite } from './fixtures.ts';
import { Ports } from './loop-ports.ts';

const clear = { closedLimit: false, openLimit: true, obstruction: false, button: false };

/** A boom that stands open and is to come down for the guard; its close is on the line, or waits for its record. */
async function closing(isRecorded: boolean): Promise<Ports> {
  const site = gateSite();
  const inputs = [...limits, input('button'), input('obstruction', { detects: 'both' })];
  const ports = new Ports(beginSite({ ...site, lanes: [eastLane({ inputs, readers: [] })] }, 'boot', 0));
  const polled = async (): Promise<void> => {
    ports.inputs(clear);
    if (isRecorded) ports.ack();
    await ports.clock.pass(100);
  };
  for (let nth = 0; nth < 10; nth += 1) await polled();
  ports.loop.request({ kind: 'guardClose', lane: 'east', by: { via: 'console', name: 'guard' } });
  const isOrdered = () => ports.records.some(({ kind, body }) => kind === 'commanded' && body.action === 'pulseClose');
  for (let waited = 0; !isOrdered(); waited += 100) {
    if (waited > 60_000) throw new Error('no close was ordered');
    await polled();
  }
  if (isRecorded) ports.ack();
  return ports;
}

describe('a close that somebody walks under before its frame is out', () => {
  it('is withdrawn from the line that has it', async () => {
    const ports = await closing(true);
    const close = ports.sent.find(({ command }) => command.action === 'pulseClose')?.command;
    expect(close).toBeDefined();
    expect(ports.withdrawn).toEqual([]);
    ports.inputs({ ...clear, obstruction: true });
    expect(ports.withdrawn).toEqual([close?.id]);
  });

  it('never reaches the line where it still waits for its record', async () => {
    const ports = await closing(false);
    ports.inputs({ ...clear, obstruction: true });
    ports.ack();
    await ports.clock.pass(1000);
    expect(ports.sent.filter(({ command }) => command.action === 'pulseClose')).toEqual([]);
    expect(ports.withdrawn).toEqual([]);
  });
});
