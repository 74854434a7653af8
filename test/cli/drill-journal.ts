/** A journal with drills of many kinds in it, written as the gateway writes it, and anchored where it is told to be. */
import type { JournalRecord } from '../../src/core/io.ts';
import type { JsonObject } from '../../src/core/values.ts';
import type { Settings } from '../../src/cli/settings.ts';
import { openJournalInProcess } from '../../src/store/journal-in-process.ts';
import { HandClock, preparedDir } from '../store/support.ts';

export const at = (text: string) => Date.parse(`${text}+08:00`);

export class DrillJournal {
  readonly dir = preparedDir('lanxiu');
  readonly #clock = new HandClock();
  readonly #journal = openJournalInProcess(
    { dir: this.dir, gateway: 'lanxiu', boot: 'b1', clock: this.#clock, random: (count) => Buffer.alloc(count, 3) },
    { acked: () => {}, refused: () => {}, mended: () => {} },
  );
  #ref = 0;

  add(kind: string, wall: number, body: JsonObject, more: Partial<JournalRecord> = {}): void {
    this.#ref += 1;
    const when = { mono: this.#ref, wall, wallTrusted: true };
    this.#journal.append([{ ref: this.#ref, kind, lane: null, at: when, cause: null, body, ...more }]);
    this.#clock.turn(100);
  }

  /** `lanes`: milliseconds of each; a negative time is one at which the lane failed. */
  drill(
    when: string,
    lanes: Readonly<Record<string, number>>,
    ended: JsonObject,
    { by = '李卫', basis = 'measured', note = '', stoodOpen = false } = {},
  ): string {
    const wall = at(when);
    const key = `drill:b1.${this.#ref + 1}`;
    const about = { key, reach: { kind: 'route', route: 'north' }, lanes: Object.keys(lanes), leftOut: [] };
    this.add('drillStarted', wall, { ...about, via: 'cli', holdMs: 30_000 }, { personal: { by, note } });
    for (const [lane, ms] of Object.entries(lanes)) {
      const opened = { key, ms, basis, inTime: ms <= 30_000, stoodOpen };
      if (ms >= 0) this.add('drillLaneOpened', wall + ms, opened, { lane });
      else this.add('drillLaneNotOpen', wall - ms, { key, why: 'notOpen', afterMs: -ms }, { lane });
    }
    this.add('drillEnded', wall + 40_000, { key, why: null, ...ended });
    return key;
  }

  mainsOff(when: string, lane: string, ms: number, result: 'passed' | 'failed'): void {
    const body = { case: 'mainsOff', ms, inTime: ms <= 30_000, result, via: 'cli' };
    this.add('drillRecorded', at(when), body, { lane, personal: { by: '王工', note: '' } });
  }

  missed(told: string, due: string, subject = 'north'): void {
    this.add('faultRaised', at(told), { code: 'drillMissed', subject, detail: { since: at(due) } });
  }

  anchor(): void {
    this.#clock.turn(1000);
    this.#journal.anchor();
  }

  /** As a command finds it, the process being gone. */
  settings(language: 'zh' | 'en' = 'en', lift: JsonObject | null = null): Settings {
    this.#clock.turn(1000);
    this.#journal.cutPower();
    const portal = { kind: 'barrier', ...(lift === null ? {} : { manualLift: lift }) };
    const site = { id: 'lanxiu', name: '兰秀花园', lanes: [{ id: 'east-in', portal }] };
    return {
      ...{ language, json: false, stateDir: this.dir, timezone: 'Asia/Shanghai' },
      say: (zh: string, en: string) => (language === 'zh' ? zh : en),
      configuration: { running: { site } },
    } as unknown as Settings;
  }
}
