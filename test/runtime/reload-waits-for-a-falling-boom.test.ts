import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { DriverCommand } from '../../src/contract/driver.ts';
import type { LaneModel, SiteModel } from '../../src/core/site-model.ts';
import { beginSite } from '../../src/core/site-state.ts';
import { Loop } from '../../src/runtime/loop.ts';
import {
  CALM_WITHIN_MS,
  lanesTouched,
  replaceInOrder,
  type ReloadPorts,
  waitForBooms,
  type Wiring,
} from '../../src/runtime/reload-order.ts';
import { eastLane, fullInputs, input } from '../core/lane-fixtures.ts';
import { gateSite } from './fixtures.ts';

const site = (lanes: readonly LaneModel[]): SiteModel => ({ ...gateSite(), lanes });
const wiring = (lanes: readonly LaneModel[], unit = 1, baud = 9600): Wiring => ({
  site: site(lanes),
  lines: [{ id: 'line1', ...{ baud } }],
  devices: [{ id: 'board', line: 'line1', ...{ unit } }],
});

/** The real loop, with a board that is polled every 100 ms until its device is taken down. */
class Booth {
  readonly clock = new ManualClock();
  readonly sent: string[] = [];
  readonly log: string[] = [];
  values: Record<string, boolean> = { closedLimit: true, openLimit: false, obstruction: false };
  present = true;
  answerMs = 10;
  stopped = false;
  readonly loop = new Loop(beginSite(site([eastLane()]), 'boot', this.clock.mono()), {
    clock: this.clock,
    field: {
      command: (device, command) => this.#command(device, command),
      withdraw: () => undefined,
      watch: () => undefined,
    },
    journal: {
      append: (records) => {
        const ref = records.at(-1)?.ref ?? 0;
        this.clock.after('ack', 1, () => this.loop.journalEvents().acked(ref, ref, this.clock.mono()));
      },
      hasRoom: () => true,
      flush: () => Promise.resolve(true),
      close: () => Promise.resolve(),
    },
    lists: {
      lookup: () => ({ listVersion: 'v1', listAgeMs: 0, rows: [], near: [], lookupUs: 5, available: true }),
    },
    wallTrusted: () => true,
    faultChanged: () => undefined,
    recorded: () => undefined,
    failed: (error) => {
      throw error;
    },
  });
  readonly ports: ReloadPorts = {
    clock: this.clock,
    loop: this.loop,
    stopped: () => this.stopped,
    applyField: () => {
      this.log.push('field');
      this.present = false;
      return Promise.resolve();
    },
  };

  constructor() {
    this.#poll();
  }

  #poll(): void {
    if (this.present)
      void this.loop.observe({ kind: 'inputsRead', device: 'board', at: this.clock.mono(), values: this.values });
    this.clock.after('poll', 100, () => this.#poll());
  }

  #command(device: string, command: DriverCommand) {
    return new Promise<{ result: 'confirmed' | 'unreachable'; sentAt: number | null; detail: string }>((resolve) => {
      this.clock.after('wire', this.answerMs, () => {
        if (!this.present) return resolve({ result: 'unreachable', sentAt: null, detail: `no device ${device}` });
        this.sent.push(command.action);
        this.log.push(command.action);
        resolve({ result: 'confirmed', sentAt: this.clock.mono(), detail: '' });
      });
    });
  }

  /** The guard has opened, and closes: the boom has left its open limit. */
  async falls(): Promise<void> {
    await this.clock.pass(500);
    this.loop.request({ kind: 'guardOpen', lane: 'east', by: { via: 'screen', name: '王' } });
    await this.clock.pass(100);
    this.values = { ...this.values, closedLimit: false, openLimit: true };
    await this.clock.pass(500);
    this.loop.request({ kind: 'guardClose', lane: 'east', by: { via: 'screen', name: '王' } });
    for (let waited = 0; !this.sent.includes('pulseClose') && waited < 10_000; waited += 100)
      await this.clock.pass(100);
    this.values = { ...this.values, openLimit: false };
    await this.clock.pass(300);
    expect(this.loop.site.lanes.east?.close?.stage).toBe('moving');
    this.log.length = 0;
  }

  reload(lanes: readonly LaneModel[], next: Wiring = wiring(lanes)): Promise<void> {
    const touched = lanesTouched(wiring([eastLane()]), next);
    return waitForBooms(this.ports, touched).then(() => replaceInOrder(this.ports, touched, next.site));
  }
}

describe('a reload that takes a lane away', () => {
  it('waits for the boom that falls on our word, and then moves nothing', async () => {
    const booth = new Booth();
    await booth.falls();
    void booth.reload([]);
    await booth.clock.pass(1000);
    expect(booth.log).toEqual([]);
    expect(booth.loop.site.model.lanes).toHaveLength(1);
    booth.values = { ...booth.values, closedLimit: true };
    await booth.clock.pass(500);
    expect(booth.log).toEqual(['field']);
    expect(booth.loop.site.model.lanes).toHaveLength(0);
  });

  it('leaves it guarded meanwhile', async () => {
    const booth = new Booth();
    await booth.falls();
    void booth.reload([]);
    booth.values = { ...booth.values, obstruction: true };
    await booth.clock.pass(300);
    expect(booth.log).toEqual(['pulseOpen']);
  });

  it('after its patience sends the boom up, and the frame is out before the device goes', async () => {
    const booth = new Booth();
    await booth.falls();
    booth.answerMs = 400;
    void booth.reload([]);
    await booth.clock.pass(CALM_WITHIN_MS - 100);
    expect(booth.log).toEqual([]);
    await booth.clock.pass(2000);
    expect(booth.log).toEqual(['pulseOpen', 'field']);
  });

  it('is not held up for ever by a device that never answers', async () => {
    const booth = new Booth();
    await booth.falls();
    booth.answerMs = 1_000_000;
    void booth.reload([]);
    await booth.clock.pass(CALM_WITHIN_MS + 1500);
    expect(booth.log).toEqual(['field']);
  });

  it('applies nothing when the gateway stops while it waits', async () => {
    const booth = new Booth();
    await booth.falls();
    void booth.reload([]);
    booth.stopped = true;
    await booth.clock.pass(CALM_WITHIN_MS + 2000);
    expect(booth.log).toEqual([]);
    expect(booth.loop.site.model.lanes).toHaveLength(1);
  });

  it('does not wait where no boom falls', async () => {
    const booth = new Booth();
    await booth.clock.pass(500);
    await booth.reload([]);
    expect(booth.log).toEqual(['field']);
  });
});

describe('a lane is touched', () => {
  const before = wiring([eastLane()]);
  it.each([
    ['when it goes', wiring([]), true],
    ['by another device', wiring([eastLane({ barrier: { device: 'other' } })]), true],
    ['by other inputs', wiring([eastLane({ inputs: [...fullInputs, input('tamper')] })]), true],
    ['by another setting of its device', wiring([eastLane()], 2), true],
    ['by another setting of its line', wiring([eastLane()], 1, 19_200), true],
    ['not by its name', wiring([eastLane({ name: '新' })]), false],
  ])('%s', (_, next, touched) => {
    expect(lanesTouched(before, next).has('east')).toBe(touched);
  });

  it('and a boom of another lane is not waited for', async () => {
    const booth = new Booth();
    await booth.falls();
    void booth.reload([eastLane({ name: '新' })]);
    await booth.clock.pass(100);
    expect(booth.log).toEqual(['field']);
  });
});
