import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { collectDrills } from '../../src/cli/drill-report.ts';
import { reportCsv } from '../../src/cli/drill-report-csv.ts';
import { reportHtml } from '../../src/cli/drill-report-html.ts';
import { reportText } from '../../src/cli/drill-report-text.ts';
import { readAnchors } from '../../src/store/anchors.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { at, DrillJournal } from './drill-journal.ts';

const year = { from: '2026-01-01', to: '2026-12-31' };
const measured = { 'east-in': 2140, 'fire-gate': 5310 };
const lift = { zh: '打开机箱，用摇把转到限位', en: 'Open the cabinet, turn the crank to the stop' };

/** One of each kind; the anchor lies before the last drill. */
function ofAllKinds(): DrillJournal {
  const journal = new DrillJournal();
  journal.drill('2025-12-31T23:59:00', measured, { result: 'passed' }, { by: '去年' });
  journal.drill('2026-03-02T10:15:00', measured, { result: 'passed' }, { note: '<script>alert(1)</script>' });
  journal.drill('2026-04-06T10:20:00', { 'east-in': 2200, 'fire-gate': -30_000 }, { result: 'failed' });
  journal.drill('2026-05-04T09:00:00', measured, { result: 'presumed' }, { basis: 'presumed' });
  journal.drill('2026-06-01T09:00:00', measured, { result: 'interrupted', why: 'emergency' });
  journal.mainsOff('2026-06-02T15:00:00', 'east-in', 41_500, 'failed');
  journal.missed('2026-08-08T10:00:00', '2026-08-01T10:00:00');
  journal.missed('2026-08-09T03:00:00', '2026-08-01T10:00:00');
  journal.anchor();
  journal.drill('2026-08-10T10:00:00', measured, { result: 'presumed' }, { stoodOpen: true });
  return journal;
}

describe('the report of drills', () => {
  it('has every drill of the period with its lanes, seconds and basis, and each missed one once', async () => {
    const report = await collectDrills(ofAllKinds().settings(), year);
    expect(report.drills.map(({ result, why, by }) => [result, why, by])).toEqual([
      ['passed', null, '李卫'],
      ['failed', null, '李卫'],
      ['presumed', null, '李卫'],
      ['interrupted', 'emergency', '李卫'],
      ['presumed', null, '李卫'],
    ]);
    expect(report.drills[1]?.lanes).toEqual([
      { lane: 'east-in', ms: 2200, basis: 'measured', inTime: true, stoodOpen: false, failed: null },
      { lane: 'fire-gate', ms: null, basis: null, inTime: null, stoodOpen: false, failed: 'notOpen' },
    ]);
    expect(report.missed).toEqual([
      { subject: 'north', dueAt: at('2026-08-01T10:00:00'), at: at('2026-08-08T10:00:00') },
    ]);
  });

  it('says of each drill whether the chain vouches for it, and by which anchor', async () => {
    const journal = ofAllKinds();
    const report = await collectDrills(journal.settings(), year);
    const [anchor] = readAnchors(journal.dir).anchors;
    expect(report.drills.map(({ proof }) => proof)).toEqual([...Array(4).fill('anchored'), 'notAnchored']);
    expect(report.drills[0]?.anchor).toEqual({ seq: anchor?.seq, hash: anchor?.hash });
    expect(report.chain).toMatchObject({ state: 'verified', findings: 0, lastAnchor: { hash: anchor?.hash } });
  });

  it('names of each drill the record of its end, which alone says how it went', async () => {
    const journal = new DrillJournal();
    journal.drill('2026-03-02T10:15:00', measured, { result: 'passed' });
    const settings = journal.settings();
    const db = new Database(databasePath(journal.dir), { readonly: true });
    const seq = db.prepare("SELECT seq FROM journal WHERE kind = 'drillEnded'").pluck().get();
    db.close();
    expect((await collectDrills(settings, year)).drills.map((drill) => drill.seq)).toEqual([seq]);
  });

  it('has the whole of its last day, and nothing of the one after', async () => {
    const journal = new DrillJournal();
    journal.drill('2026-03-02T00:00:00', measured, { result: 'passed' });
    journal.drill('2026-03-05T23:30:00', measured, { result: 'failed' });
    journal.drill('2026-03-06T00:00:00', measured, { result: 'presumed' });
    journal.missed('2026-03-06T10:00:00', '2026-03-01T10:00:00');
    const settings = journal.settings();
    const report = await collectDrills(settings, { from: '2026-03-02', to: '2026-03-05' });
    expect(report.drills.map(({ result }) => result)).toEqual(['passed', 'failed']);
    expect(report.missed).toEqual([]);
    const morning = await collectDrills(settings, { from: '2026-03-05T08:00', to: '2026-03-06T00:00' });
    expect(morning.drills.map(({ result }) => result)).toEqual(['failed', 'presumed']);
  });

  it('vouches for nothing where a record was edited', async () => {
    const journal = ofAllKinds();
    const settings = journal.settings();
    const db = new Database(databasePath(journal.dir));
    for (const name of db.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all() as string[])
      db.exec(`DROP TRIGGER ${name}`);
    db.exec(`UPDATE journal SET body = replace(body, '"failed"', '"passed"') WHERE kind = 'drillEnded'`);
    db.close();
    const report = await collectDrills(settings, year);
    expect(report.chain.state).toBe('broken');
    expect(report.drills.every(({ proof }) => proof === 'broken')).toBe(true);
    expect(reportText(report, settings)).toContain('✕ the journal does not verify: 1 findings');
    expect(reportHtml(report)).toContain('以上记录不作证明');
  });

  it('reads on a terminal with what speaks against each drill', async () => {
    const journal = ofAllKinds();
    const settings = journal.settings();
    const text = reportText(await collectDrills(settings, year), settings);
    expect(text).toMatch(/2026-03-02 10:15 +route north +李卫 +east-in +2\.1 s +measured +✓ passed +#\d+ verified/);
    expect(text).toMatch(/fire-gate +✕ –, not open within 30 s +–/);
    expect(text).toMatch(/\? presumed, no proof +#\d+ verified\n +fire-gate +5\.3 s +presumed/);
    expect(text).toContain('– interrupted (a real emergency took over)');
    expect(text).toMatch(/2\.1 s, stood open before +measured +\? presumed, no proof +#\d+ verified, not anchored yet/);
    expect(text).toContain('41.5 s, later than 30 s');
    expect(text).toContain('✕ missed: north, due 2026-08-01 10:00');
    expect(text).not.toContain('去年');
  });

  it('is a table for a spreadsheet, one line a lane', async () => {
    const lines = reportCsv(await collectDrills(ofAllKinds().settings(), year)).split('\r\n');
    expect(lines).toHaveLength(1 + 10 + 1 + 1 + 1);
    const cells = lines.slice(0, -1).map((line) => line.split(',').length);
    expect(new Set(cells)).toEqual(new Set([19]));
    expect(lines[4]).toMatch(/^drill,2026-04-06 10:20:00,是 yes,route north,李卫,,fire-gate,,,,否 no,notOpen,failed,/);
  });
});

describe('the page', () => {
  it('is whole by itself, its tags balanced, and takes nothing that people typed for markup', async () => {
    const page = reportHtml(await collectDrills(ofAllKinds().settings('en', lift), year));
    const open: string[] = [];
    for (const [, end = '', name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', 'br', 'col'].includes(name)) continue;
      if (end === '') open.push(name);
      else expect(open.pop(), `</${name}>`).toBe(name);
    }
    expect(open).toEqual([]);
    expect(page).not.toMatch(/<script|<link|<img|\b(?:src|href)=|url\(|@import|undefined|NaN|null/);
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).toMatch(/@page \{ size: A4/);
  });

  it('says in Chinese and English what an inspector asks for', async () => {
    const page = reportHtml(await collectDrills(ofAllKinds().settings('en', lift), year));
    const words = page
      .slice(page.indexOf('<body>'))
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ');
    for (const text of [
      '应急演练记录 Record of emergency drills',
      '兰秀花园',
      '2026-01-01 – 2026-12-31',
      '2026-04-06 10:20',
      '✕ 未通过 failed',
      '? 推定开启，不作证明 presumed, no proof',
      '30 秒内未开启 not open within 30 s',
      '发生真实应急，由其接管 a real emergency took over',
      '演练前已开启 stood open before',
      '断电手动抬杆 mains off, lifted by hand',
      '41.5 超过 30 秒 later than 30 s',
      '打开机箱，用摇把转到限位',
      '应急通道 north，应于 2026-08-01 10:00',
      '✓ 流水哈希链已验证',
      '检查人签字 Inspector',
    ])
      expect(words).toContain(text);
    expect(words).toMatch(/最近锚点 Last anchor #\d+ · [\d: -]+[0-9a-f]{64}/);
  });

  it('says so where no drill was held', async () => {
    const journal = new DrillJournal();
    journal.add('started', at('2026-02-01T00:00:00'), {});
    const page = reportHtml(await collectDrills(journal.settings(), year));
    expect(page).toContain('本期间没有演练');
  });
});
