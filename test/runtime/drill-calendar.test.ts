/** Which drills are asked for, on a real database, while the clock does what clocks do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCron } from '../../src/core/calendar/cron.ts';
import type { Input, JournalRecord, Request } from '../../src/core/io.ts';
import type { DrillPlan } from '../../src/core/site-model.ts';
import { beginSite, type SiteState } from '../../src/core/site-state.ts';
import { step } from '../../src/core/step.ts';
import type { JsonObject } from '../../src/core/values.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { triggerAt } from '../../src/runtime/cron-trigger.ts';
import { DrillCalendar } from '../../src/runtime/drill-calendar.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { until } from '../e2e/harness.ts';
import { gateSite } from './fixtures.ts';

vi.setConfig({ testTimeout: 30_000 });

const folders: string[] = [];
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'gatehouse-drills-'));
  folders.push(made);
  return join(made, 'state');
}

const day = 24 * 3_600_000;
const at = (text: string) => Date.parse(`${text}:00+08:00`);
const cron = parseCron('0 10 * * *');
if (cron === null) throw new Error('no cron');
const drills: DrillPlan = { everyMs: 30 * day, graceMs: 7 * day, holdOpenMs: 30_000, reach: 'site', at: cron };
const ended = (result: string, more: JsonObject = {}): JsonObject => ({
  ...{ key: 'drill:x.1', reach: { kind: 'site' }, result, why: null, lanes: ['east'], failed: [] },
  ...(result === 'failed' ? { failed: ['east'] } : {}),
  ...more,
});

/** One run of the process on a folder: the real core and database, and a wall clock that is turned by hand. */
class Run {
  site: SiteState;
  wall: number;
  readonly records: JournalRecord[] = [];
  readonly calendar: DrillCalendar;
  readonly triggers: (() => void)[] = [];
  #looks: (() => void)[] = [];
  #store: Store | null = null;

  constructor(boot: string, wall: number) {
    this.wall = wall;
    this.site = beginSite({ ...gateSite(), drills }, boot, 0);
    const after = (_name: string, _ms: number, action: () => void) => {
      this.#looks.push(action);
      return () => {
        this.#looks = this.#looks.filter((one) => one !== action);
      };
    };
    const log = () => undefined;
    this.calendar = new DrillCalendar({
      clock: { mono: () => 0, wall: () => this.wall, at: after, after, timers: () => [] },
      log: { info: log, warn: log, error: log },
      site: () => this.site,
      request: (request) => this.#take(request),
      fault: (code, subject, raised, detail) => this.#take({ kind: 'systemFault', code, subject, raised, detail }),
      trigger: (_text, _zone, action) => {
        this.triggers.push(action);
        return () => this.triggers.splice(this.triggers.indexOf(action), 1);
      },
    });
    undo.push(() => this.end());
  }

  async open(dir: string): Promise<this> {
    const log = () => undefined;
    this.#store = await openStore(
      { dir, gateway: 'site', boot: this.site.boot, clock: systemClock(), ballastBytes: 0 },
      { acked: log, refused: log, mended: log, listChanged: log, listFailed: log },
    );
    this.calendar.attach(this.#store);
    return this;
  }

  /** A database in place of the one that was damaged. */
  async reopen(dir: string): Promise<void> {
    await this.#store?.close();
    await this.open(dir);
  }

  /** The look that comes every 30 s. */
  look(wall = this.wall): readonly string[] {
    this.wall = wall;
    for (const action of this.#looks.splice(0)) action();
    return this.faults();
  }

  faults(): readonly string[] {
    return Object.values(this.site.faults).map(({ code, subject }) => `${code}@${subject}`);
  }

  /** A record as the core makes it. */
  record(kind: string, body: JsonObject, lane: string | null = null): void {
    const now = { mono: 0, wall: this.wall, wallTrusted: true };
    this.calendar.recorded({ ref: 1, kind, lane, at: now, cause: null, body });
  }

  async end(): Promise<void> {
    this.calendar.stop();
    const store = this.#store;
    this.#store = null;
    await store?.close();
  }

  #take(request: Request): void {
    const now = { mono: 0, wall: this.wall, wallTrusted: true };
    const input: Input = { kind: 'requested', now, request, facts: null };
    const { site, effects } = step(this.site, input);
    this.site = site;
    for (const effect of effects) {
      if (effect.kind !== 'record') continue;
      this.records.push(effect.record);
      this.calendar.recorded(effect.record);
    }
  }
}

describe('a drill', () => {
  it('is asked for once it is due, missed after its grace, and over with the one that is held; a restart changes none of it', async () => {
    const dir = folder();
    const first = await new Run('a', at('2026-03-02T11:00')).open(dir);
    expect(first.look()).toEqual([]);
    expect(first.look(at('2026-03-03T09:59'))).toEqual([]);
    expect(first.look(at('2026-03-03T10:00'))).toEqual(['drillDue@site']);
    expect(first.site.faults['drillDue@site']?.detail).toEqual({
      since: at('2026-03-03T10:00'),
      start: { zh: 'gatehouse drill start --site --by 姓名', en: 'gatehouse drill start --site --by NAME' },
    });
    await first.end();
    const second = await new Run('b', at('2026-03-05T12:00')).open(dir);
    expect(second.faults()).toEqual(['drillDue@site']);
    expect(second.look(at('2026-03-10T10:00'))).toEqual(['drillMissed@site']);
    second.record('drillEnded', ended('passed'));
    expect(second.faults()).toEqual([]);
    await second.end();
    const third = await new Run('c', at('2026-04-09T09:59')).open(dir);
    expect(third.faults()).toEqual([]);
    expect(third.look(at('2026-04-09T10:00'))).toEqual(['drillDue@site']);
  });

  it('is asked for in its time although the clock stood years ahead when asking began', async () => {
    const dir = folder();
    const ahead = await new Run('a', at('2031-01-01T11:00')).open(dir);
    expect(ahead.look()).toEqual([]);
    await ahead.end();
    const run = await new Run('b', at('2026-03-02T11:00')).open(dir);
    expect(run.look()).toEqual([]);
    expect(run.look(at('2026-03-03T10:00'))).toEqual(['drillDue@site']);
    expect(run.look(at('2026-03-10T10:00'))).toEqual(['drillMissed@site']);
  });

  it('is not said to be missed since 1970 where the clock had lost its battery when asking began', async () => {
    const dir = folder();
    const lost = await new Run('a', at('1970-01-02T11:00')).open(dir);
    expect(lost.look()).toEqual([]);
    lost.wall = at('2026-03-02T11:00');
    lost.calendar.configured();
    expect(lost.faults()).toEqual([]);
    expect(lost.look(at('2026-03-03T10:00'))).toEqual(['drillDue@site']);
  });

  it('that fell due while the gateway was off is asked for, or missed, as soon as its database is open', async () => {
    const dir = folder();
    const first = await new Run('a', at('2026-03-02T09:00')).open(dir);
    first.record('drillEnded', ended('passed'));
    await first.end();
    const second = new Run('b', at('2026-04-20T03:00'));
    second.calendar.configured();
    expect(second.faults()).toEqual([]);
    await second.open(dir);
    expect(second.faults()).toEqual(['drillMissed@site']);
  });

  it('is lost by no step of the clock, forward or back', async () => {
    const run = await new Run('a', at('2026-03-02T09:00')).open(folder());
    run.record('drillEnded', ended('passed'));
    run.wall = at('2031-01-01T12:00');
    run.calendar.configured();
    expect(run.faults()).toEqual(['drillMissed@site']);
    run.record('drillEnded', ended('passed'));
    run.wall = at('2026-03-20T12:00');
    run.calendar.configured();
    // Held under a clock that was five years ahead: it excuses nothing now.
    expect(run.look(at('2026-03-21T10:00'))).not.toEqual([]);
    expect(run.triggers).toHaveLength(1);
  });

  it('is asked for at the tick of the trigger, without waiting for the next look', async () => {
    const run = await new Run('a', at('2026-03-02T11:00')).open(folder());
    run.wall = at('2026-03-03T10:00');
    run.triggers[0]?.();
    expect(run.faults()).toEqual(['drillDue@site']);
  });

  it('that failed is a fault over a restart, until one passes', async () => {
    const dir = folder();
    const first = await new Run('a', at('2026-03-02T11:00')).open(dir);
    first.record('drillEnded', ended('failed'));
    expect(first.faults()).toEqual(['drillFailed@site']);
    first.record('drillRecorded', { case: 'mainsOff', result: 'failed' }, 'east');
    await first.end();
    const second = await new Run('b', at('2026-03-04T11:00')).open(dir);
    expect(second.faults()).toEqual(['drillFailed@site', 'drillFailed@east']);
    second.record('drillEnded', ended('presumed', { stoodOpen: ['east'] }));
    second.record('drillRecorded', { case: 'mainsOff', result: 'passed' }, 'east');
    expect(second.faults()).toEqual(['drillFailed@site']);
    second.record('drillEnded', ended('passed'));
    expect(second.faults()).toEqual([]);
  });

  it('that failed on what the site has no more is no fault', async () => {
    const run = await new Run('a', at('2026-03-02T11:00')).open(folder());
    run.record(
      'drillEnded',
      ended('failed', { reach: { kind: 'route', route: 'south' }, lanes: ['far'], failed: ['far'] }),
    );
    run.record('drillRecorded', { case: 'mainsOff', result: 'failed' }, 'west');
    expect(run.faults()).toEqual([]);
  });

  it('that was held in mid-run is known still when a restored database without it is opened', async () => {
    const old = folder();
    await (await new Run('a', at('2026-01-01T11:00')).open(old)).end();
    const run = await new Run('b', at('2026-03-02T09:00')).open(folder());
    run.record('drillEnded', ended('passed'));
    run.calendar.detach();
    await run.reopen(old);
    expect(run.look(at('2026-03-20T12:00'))).toEqual([]);
  });

  it('under way as the process dies is told of by the next one, once, and counts as not held', async () => {
    const dir = folder();
    const first = await new Run('a', at('2026-03-03T10:00')).open(dir);
    const by = { via: 'cli', name: '王' };
    const drill: Request = { kind: 'drill', by, reach: { kind: 'lane', lane: 'east' }, note: '' };
    const now = { mono: 0, wall: first.wall, wallTrusted: true };
    const { effects } = step(first.site, { kind: 'requested', now, request: drill, facts: null });
    for (const effect of effects) if (effect.kind === 'record') first.calendar.recorded(effect.record);
    await first.end();
    const second = await new Run('b', at('2026-03-03T10:05')).open(dir);
    const told = () => second.records.filter(({ kind }) => kind === 'drillEnded').map(({ body }) => body);
    expect(told()).toMatchObject([{ result: 'interrupted', why: 'restarted', lanes: ['east'] }]);
    second.record('drillStarted', { key: 'drill:x.1', lanes: ['east'] });
    second.record('drillEnded', ended('interrupted'));
    await second.end();
    const third = await new Run('c', at('2026-03-03T10:06')).open(dir);
    expect(third.records.filter(({ kind }) => kind === 'drillEnded')).toEqual([]);
    expect(third.look(at('2026-03-04T10:00'))).toEqual(['drillDue@site']);
  });
});

it('the trigger calls until it is ended', async () => {
  const calls = { ended: 0, goesOn: 0 };
  const everySecond = '* * * * * *';
  const end = triggerAt(everySecond, 'Asia/Shanghai', () => {
    calls.ended += 1;
  });
  await until('the first tick', () => calls.ended > 0);
  end();
  const before = calls.ended;
  const endOther = triggerAt(everySecond, 'Asia/Shanghai', () => {
    calls.goesOn += 1;
  });
  await until('another ticks twice', () => calls.goesOn > 1);
  endOther();
  expect(calls.ended).toBe(before);
});
