import { expect } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { DriverCommand, DriverOutcome } from '../../src/contract/driver.ts';
import type { Facts, LookupKeys } from '../../src/core/decide/facts.ts';
import type { Fault, JournalRecord } from '../../src/core/io.ts';
import type { PlateRead } from '../../src/core/presentation.ts';
import { beginSite, type SiteState } from '../../src/core/site-state.ts';
import { Loop } from '../../src/runtime/loop.ts';
import { gateSite } from './fixtures.ts';

/** Ports that write down in which order they were called, and settle when the test says so. */
export class Ports {
  readonly clock = new ManualClock();
  readonly log: string[] = [];
  readonly records: JournalRecord[] = [];
  readonly sent: { command: DriverCommand; settle: (outcome: DriverOutcome) => void }[] = [];
  readonly faults: string[] = [];
  readonly failures: string[] = [];
  readonly withdrawn: string[] = [];
  known: Facts | 'throws' = { listVersion: 'v1', listAgeMs: 0, rows: [], near: [], lookupUs: 5, available: true };
  asked: LookupKeys[] = [];
  room = true;
  /** Called inside the loop's turn, as a follower that asks for more would be. */
  onRecorded: (() => void) | null = null;

  readonly loop: Loop;

  constructor(site: SiteState = beginSite(gateSite(), 'boot', 0)) {
    this.loop = new Loop(site, {
      clock: this.clock,
      field: {
        command: (device, command) => {
          this.log.push(`send ${command.action}`);
          expect(device).toBe('board');
          return new Promise((settle) => this.sent.push({ command, settle }));
        },
        together: (order) => {
          this.log.push('together');
          order();
          this.log.push('apart');
        },
        withdraw: (_device, id) => this.withdrawn.push(id),
        watch: (_device, level) => this.log.push(`watch ${level}`),
      },
      journal: {
        append: (records) => {
          this.records.push(...records);
          this.log.push(`append ${records.map((record) => record.kind).join(' ')}`);
        },
        hasRoom: () => this.room,
        flush: () => Promise.resolve(true),
        close: () => Promise.resolve(),
      },
      lists: {
        lookup: (keys) => {
          this.asked.push(keys);
          if (this.known === 'throws') throw new Error('no such table');
          return { ...this.known, rows: this.known.rows.filter((row) => keys.exact.includes(row.key)) };
        },
      },
      wallTrusted: () => true,
      faultChanged: (fault: Fault, raised) => this.faults.push(`${raised ? '+' : '-'}${fault.code}`),
      recorded: () => this.onRecorded?.(),
      failed: (error) => this.failures.push(String(error)),
    });
  }

  get lastRef(): number {
    return this.records.at(-1)?.ref ?? 0;
  }

  ack(ref = this.lastRef): void {
    this.loop.journalEvents().acked(ref, ref, this.clock.mono());
  }

  read(raw: string, more: Partial<PlateRead> = {}): Promise<string> {
    const read: PlateRead = {
      ...{ kind: 'plateRead', device: 'camera', raw, color: 'blue', confidence: 0.97, heading: 'approaching' },
      ...{ late: false, eventId: null, cameraWall: null, receivedAt: this.clock.mono(), vendor: {} },
      ...more,
    };
    return this.loop.observe(read);
  }

  inputs(values: Record<string, boolean>): void {
    void this.loop.observe({ kind: 'inputsRead', device: 'board', at: this.clock.mono(), values });
  }
}
