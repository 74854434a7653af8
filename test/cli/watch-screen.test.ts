/** The screen of `watch` without a terminal: what is on it, that it fits, and what its changes cost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { width } from '../../src/config/columns.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { NotRunning } from '../../src/runtime/control-client.ts';
import type { LaneView, StatusView } from '../../src/runtime/views.ts';
import { cutTo, drawAll, drawChanges } from '../../src/cli/watch-redraw.ts';
import { type ScreenSettings, screenOf } from '../../src/cli/watch-screen.ts';
import type { Picture, SeenDecision } from '../../src/cli/watch-source.ts';
import { Terminal } from './terminal.ts';

const noon = Date.UTC(2026, 10, 23, 4, 0, 0);
const zh: ScreenSettings = { language: 'zh', say: (text) => text, timezone: 'Asia/Shanghai', drivers: [] };
const en: ScreenSettings = { ...zh, language: 'en', say: (_, text) => text };
const size = { columns: 80, rows: 24 };

const lane = (at: number, change: Partial<LaneView> = {}): LaneView => ({
  ...{ id: `lane-${at}`, name: `第${at}号车道入口`, directions: ['in'], commissioned: true, mode: 'normal' },
  ...{ portal: 'barrier', position: 'closed', basis: 'measured', sinceMs: 1000, grants: 0, claims: [], bypass: null },
  ...{ inputs: {}, inputAgeMs: 50, waitingReferrals: [], faults: [] },
  ...change,
});
const line = (id: string, usage: number) => ({
  ...{ id, up: true, problem: '', opened: 1, queued: 0, foreign: 2, usage, asked: 0.5, polls: [] },
  units: [
    {
      ...{ unit: 1, answering: true, deadlineMs: 60, typicalMs: 5 },
      ...{ answered: 900, timeouts: 3, late: 1, exceptions: 0, echoMismatches: 0, misled: 0, abandoned: 9 },
    },
  ],
});
const status = (change: Partial<StatusView> = {}): StatusView => ({
  ...{ site: 'lanxiu', boot: 'b', pid: 1, uptimeMs: 7_200_000, configHash: 'c'.repeat(64), wallTrusted: true },
  ...{
    routes: [],
    emergencies: [],
    drill: null,
    todos: [],
    lanesNotAsWritten: [],
    devices: [],
    receiver: null,
    faults: [],
    timers: [],
  },
  lanes: [lane(1), lane(2)],
  lines: [line('bus', 0.31)],
  journal: { lastSeq: 1234, waiting: 0, broken: null },
  upstream: null,
  list: { version: 'v', file: 'list-v.db', rows: 3021, adoptedWall: 0 },
  ...change,
});
const decisions: readonly SeenDecision[] = Array.from({ length: 40 }, (_, at) => ({
  ...{ wall: noon - at * 61_000, lane: 'lane-1', outcome: 'denied', code: 'unknownCredential', decision: null },
  who: `京A${10_000 + at}`,
}));
const picture = (change: Partial<StatusView> = {}): Picture => ({ status: status(change), heardAt: noon, decisions });
const fault = (at: number) => ({ code: 'boomFailedToClose', subject: `lane-${at}`, sinceMs: 130_000, detail: {} });

describe('the screen', () => {
  it('counts at its lane what the guard has opened and not said why', () => {
    const todo = { lane: 'lane-2', via: 'button', openedWall: noon, sinceMs: 60_000, presses: 1 };
    const todos = ['b.1', 'b.2'].map((id) => ({ ...todo, id }));
    const rows = screenOf(picture({ todos }), noon, { columns: 160, rows: 24 }, en);
    expect(rows.filter((row) => row.includes('reasons owed'))).toEqual([
      expect.stringMatching(/^lane-2\b.* 2 reasons owed/),
    ]);
  });

  it('begins with each emergency, how long each lane took, and the way round the one that is not open', () => {
    const opened = { ms: 2140, basis: 'measured' } as const;
    const lanes = [
      { lane: 'lane-1', position: 'open', basis: 'measured', opened, alternative: null, alternativeBasis: null },
      {
        lane: 'lane-2',
        position: 'closed',
        basis: 'measured',
        opened: null,
        alternative: 'lane-1',
        alternativeBasis: 'measured' as const,
      },
    ];
    const fire = {
      key: 'fire:b.fire',
      purpose: 'fire',
      via: 'contact',
      sinceMs: 61_000,
      reach: ['north'],
      lanes,
    } as const;
    const wide = { columns: 160, rows: 24 };
    const at = (settings: ScreenSettings, change: readonly (typeof fire)[]) =>
      screenOf(picture({ emergencies: change }), noon, wide, settings)[2];
    expect(at(zh, [fire])).toBe(
      '! 应急 fire:b.fire (火警, 触点, 1 分钟)  lane-1 ✓ 已开启 (实测) 2.1 秒 · lane-2 ! 未开启：已关闭 (实测)，可走 lane-1',
    );
    expect(at(en, [fire])).toContain('lane-2 ! not open: closed (measured); lane-1 is open');
    expect(at(zh, [])).toBe('');
    expect(screenOf(picture({ emergencies: [fire] }), noon, size, zh)).toHaveLength(24);
  });

  it('has a line for a drill that is under way, and one for each kind that is asked for, with the command', () => {
    const wide = { columns: 160, rows: 24 };
    const at = (settings: ScreenSettings, change: Partial<StatusView>) =>
      screenOf(picture(change), noon, wide, settings).slice(2, 5);
    const asked = (code: string, subject: string) => ({
      ...{ code, subject, sinceMs: 3_600_000 },
      detail: { since: noon, start: { zh: `演练 ${subject}`, en: `drill ${subject}` } },
    });
    const lanes = [
      { lane: 'lane-1', opened: { ms: 2140, basis: 'measured' as const }, failed: false },
      { lane: 'lane-2', opened: null, failed: false },
    ];
    const reach = { kind: 'route' as const, route: 'north' };
    const drill = { key: 'd', reach, sinceMs: 61_000, endsInMs: 1000, lanes };
    expect(at(zh, { drill })).toEqual([
      '演练 应急通道 north (1 分钟)  lane-1 ✓ 2.1 秒 · lane-2 …',
      '',
      expect.any(String),
    ]);
    expect(
      at(en, { faults: [asked('drillDue', 'south'), asked('drillMissed', 'north'), asked('drillDue', 'site')] }),
    ).toEqual(['! drill missed: north  drill north', '! drill due: south, 1 more  drill south', '']);
    expect(at(zh, { faults: [asked('drillFailed', 'site')] })[0]).toBe('! 演练未通过，须重做：site  演练 site');
    expect(at(zh, {})[0]).toBe('');
    // Below a minute nothing counts seconds: a quiet link stays quiet.
    expect(at(en, { drill: { ...drill, sinceMs: 12_000 } })[0]).toContain('(under 1 min)');
  });

  it('says of each lane where its boom is and how that is known', () => {
    const lanes = [
      lane(1),
      lane(2, { position: 'open', basis: 'presumed', grants: 2 }),
      lane(3, { position: 'unknown', basis: 'none', commissioned: false }),
    ];
    const shown = screenOf(picture({ lanes }), noon, size, zh).join('\n');
    expect(shown).toMatch(/lane-1 第1号车道入口 +正常 +已关闭 \(实测\)/);
    expect(shown).toMatch(/lane-2 .* 已开启 \(推定\) +待通行 2/);
    expect(shown).toMatch(/lane-3 .* 位置未知 +未验收：仅人工/);
    expect(screenOf(picture({ lanes }), noon, size, en).join('\n')).toMatch(/lane-2 .*open \(presumed\) +2 to pass/);
  });

  it('says what a fault does, what lines use and miss, the last decisions with their reason, and that nothing goes upstream', () => {
    const shown = screenOf(picture({ faults: [fault(1)] }), noon, size, zh);
    const all = shown.join('\n');
    expect(all).toContain(
      '! lane-1 boomFailedToClose 2 分钟\n    道闸未能关闭：闸杆在规定时间内没有落下，车道敞开，请派人看守。',
    );
    expect(all).toMatch(/bus +✓ 已连接 +30% +50% +4/);
    expect(all).toContain('上行：未配置');
    const first = shown.findIndex((one) => one.startsWith('12:00:00 lane-1'));
    expect(shown[first]).toContain('✕ 京A10000  不在名单中');
    expect(shown[first + 1]).toContain('京A10001');
  });

  it('shows depth and age of the outbox where an upstream is configured', () => {
    const upstream: NonNullable<StatusView['upstream']> = {
      ...{ broker: 'mq.example:8883', state: 'waiting', sinceMs: 4000, acknowledgedSeq: 1020, acknowledgedAgoMs: 4000 },
      ...{ waiting: 214, oldestAgeMs: 3 * 3_600_000, why: { code: 'refused', text: { zh: '拒绝', en: 'refused' } } },
    };
    const shown = (one: StatusView['upstream'], settings: ScreenSettings) =>
      screenOf(picture({ upstream: one }), noon, { columns: 120, rows: 24 }, settings)[1];
    expect(shown(upstream, zh)).toBe('上行：! 未连接，将重试 · 待传 214 条，最早 3 小时前 · mq.example:8883 · 拒绝');
    expect(shown(upstream, en)).toContain('down, will try again · 214 wait, oldest 3 h');
    const idle = { ...upstream, state: 'connected', why: null, waiting: 0, oldestAgeMs: null } as const;
    expect(shown(idle, en)).toBe('upstream: ✓ connected · nothing waits · mq.example:8883');
  });

  it('shows no old state for a live one: without an answer only since when nothing is known', () => {
    const shown = screenOf({ ...picture(), status: null }, noon + 9000, size, en).join('\n');
    expect(shown).toContain('! the gateway does not answer: nothing is known since 2026-11-23 12:00:00');
    expect(shown).not.toMatch(/lane-1|京A/);
  });

  it.each([
    [80, 24],
    [80, 10],
    [132, 43],
    [30, 24],
  ])('fits %i × %i with eight lanes, six faults and five lines, and says what it leaves out', (columns, rows) => {
    const many = picture({
      lanes: Array.from({ length: 8 }, (_, at) => lane(at)),
      faults: Array.from({ length: 6 }, (_, at) => fault(at)),
      lines: Array.from({ length: 5 }, (_, at) => line(`bus-${at}`, 0.1 * at)),
    });
    for (const settings of [zh, en]) {
      const shown = screenOf(many, noon, { columns, rows }, settings);
      expect(shown).toHaveLength(rows);
      for (const one of shown) expect(width(one), one).toBeLessThan(columns);
      const terminal = new Terminal(columns, rows);
      terminal.write(drawAll(shown));
      expect(terminal.screen).toEqual(shown.map((one) => one.trimEnd()));
      expect(terminal.scrolled).toBe(0);
      if (rows >= 43) expect(shown.join('\n')).not.toMatch(/… 另有|… \d+ more/);
      else expect(shown.join('\n')).toMatch(/… 另有 \d+ 项|… \d+ more/);
      if (rows === 24) expect(shown.join('\n')).toContain('12:00:00 lane-1');
    }
  });

  it('leaves nothing out where the output is no screen', () => {
    const lanes = Array.from({ length: 40 }, (_, at) => lane(at));
    const shown = screenOf(picture({ lanes }), noon, { columns: 100, rows: Number.POSITIVE_INFINITY }, en);
    expect(shown.filter((one) => one.startsWith('lane-'))).toHaveLength(40);
  });

  it('shows the whole effect of a fault, wrapped on a screen and in one line in a pipe', () => {
    const faults = [{ ...fault(1), code: 'deviceSilent', subject: 'east-in-camera', role: 'camera' as const }];
    const said = 'cards and the boom work as before. Check its power, the network and the password.';
    const screen = screenOf(picture({ faults }), noon, size, en);
    const from = screen.findIndex((one) => one.startsWith('! east-in-camera'));
    const lines = screen.slice(
      from,
      screen.findIndex((one) => one.startsWith('line ')),
    );
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.map((one) => one.trim()).join(' ')).toContain(said);
    const pipe = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
    expect(screenOf(picture({ faults }), noon, pipe, en).filter((one) => one.includes(said))).toHaveLength(1);
    expect(screenOf(picture({ faults }), noon, { ...pipe, columns: 60 }, en).join('')).not.toContain('…');
  });

  it('counts a request that got its answer late once', () => {
    const late = { ...line('bus', 0.1), foreign: 7 };
    const units = late.units.map((unit) => ({ ...unit, timeouts: 7, late: 7 }));
    expect(screenOf(picture({ lines: [{ ...late, units }] }), noon, size, en).join('\n')).toMatch(/bus +✓ up .*% +7$/m);
    const misled = units.map((unit) => ({ ...unit, misled: 2 }));
    const strange = { ...late, units: misled, foreign: 10 };
    expect(screenOf(picture({ lines: [strange] }), noon, size, en).join('\n')).toMatch(/bus +✓ up .*% +12$/m);
  });

  it('gives no count of errors where nothing is asked, and says what stands and why a line is down', () => {
    const reader = { ...line('card-line', 0), units: [], foreign: 0, received: 120 };
    const devices = [{ id: 'reader', line: 'card-line', state: 'answering', faults: ['readerNoise'] }];
    const up = screenOf(picture({ lines: [reader], devices }), noon, size, zh).join('\n');
    expect(up).toMatch(/card-line +✓ 已连接 .*% +– {2}! readerNoise$/m);
    const problem = '10.0.0.9:4001: connect ECONNREFUSED 10.0.0.9:4001';
    const down = screenOf(
      picture({ lines: [{ ...reader, up: false, problem }] }),
      noon,
      { columns: 140, rows: 24 },
      zh,
    );
    expect(down.join('\n')).toMatch(/card-line +! 断开 .*% +– {2}对方拒绝连接/);
  });

  it('says how to start the gateway where none runs', () => {
    const trouble = failureOf(new NotRunning('connect ENOENT'))?.text;
    if (trouble === undefined) throw new Error('no words for a gateway that does not run');
    for (const [settings, word] of [
      [zh, '启动：systemctl start gatehouse'],
      [en, 'Start it with "systemctl start gatehouse"'],
    ] as const) {
      const shown = screenOf({ ...picture(), status: null, trouble }, noon, size, settings);
      expect(shown.map((one) => one.trim()).join(' ')).toContain(word);
    }
  });

  it('tells a grant by one half alone from any other, and why the other was not asked for', () => {
    const reasons = [
      { rule: 'permit', code: 'permitted', verdict: 'grants', facts: { category: 'resident', credential: 'plate' } },
      {
        rule: 'rowSecondFactor',
        code: 'secondFactorWaived',
        verdict: 'passes',
        facts: { awaits: 'card', fault: 'deviceSilent', alarm: true },
      },
    ] as const;
    const decision = {
      outcome: 'granted',
      code: 'permitted',
      reasons,
      permit: 'p',
      rowId: 'r',
      spends: false,
      suggestion: null,
    } as const;
    const waived: SeenDecision = {
      wall: noon,
      lane: 'lane-1',
      outcome: 'granted',
      code: 'permitted',
      who: '京A1',
      decision,
    };
    const shown = (settings: ScreenSettings) =>
      screenOf({ ...picture(), decisions: [waived] }, noon, size, settings).join('\n');
    expect(shown(zh)).toContain('✓ 京A1  放行 !：读卡器故障（无应答），按本车道规定只凭');
    expect(shown(en)).toContain('✓ 京A1  granted !: The reader is down (no answer)');
  });

  it('lets no control character of hostile data through', () => {
    const hostile: readonly SeenDecision[] = [{ ...(decisions[0] as SeenDecision), who: '\u001b[2J\u0007京A' }];
    const shown = screenOf({ ...picture(), decisions: hostile }, noon, size, en).join('');
    expect([...shown].filter((one) => one < ' ')).toEqual([]);
  });
});

describe('what is sent', () => {
  it('for a quiet site is the clock and nothing else: a few bytes a refresh', () => {
    const quiet = (seconds: number): readonly string[] =>
      screenOf(
        picture({ uptimeMs: 7_200_000 + seconds * 1000, lines: [line('bus', 0.31 + (seconds % 2) * 0.01)] }),
        noon + seconds * 1000,
        size,
        zh,
      );
    let bytes = 0;
    for (let second = 1; second <= 60; second += 1)
      bytes += Buffer.byteLength(drawChanges(quiet(second - 1), quiet(second)));
    expect(bytes / 60).toBeLessThan(16);
    expect(Buffer.byteLength(drawAll(quiet(0)))).toBeLessThan(4000);
  });

  it('for one decision is that part of the screen, not all of it', () => {
    const before = screenOf(picture(), noon, size, en);
    const after = screenOf(picture({ lanes: [lane(1, { position: 'opening' }), lane(2)] }), noon, size, en);
    const bytes = Buffer.byteLength(drawChanges(before, after));
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(120);
  });

  it('turns any screen into any other', () => {
    const text = fc
      .array(fc.constantFrom(...'ab1 :门岗·✓●…，（'), { maxLength: 24 })
      .map((characters) => cutTo(characters.join(''), 29));
    const screen = fc.array(text, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(screen, { minLength: 2, maxLength: 5 }), (screens) => {
        const terminal = new Terminal(30, 5);
        let before: readonly string[] | null = null;
        for (const after of screens) {
          terminal.write(before === null ? drawAll(after) : drawChanges(before, after));
          expect(terminal.screen).toEqual(after.map((one) => one.trimEnd()));
          before = after;
        }
        expect(terminal.unknown).toEqual([]);
      }),
    );
  });
});
