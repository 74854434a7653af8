import Database from 'better-sqlite3';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { StoredRecord } from '../../src/store/journal-read.ts';
import { type Running, until } from '../house/running.ts';
import { freePort } from '../house/free-port.ts';
import {
  at,
  cameraPath,
  gatehouse,
  type Hardware,
  makeSite,
  plate,
  pushPlate,
  serveHardware,
  type Site,
  siteYaml,
  start,
  untilStatus,
  takeDown,
} from './site.ts';

let hardware: Hardware;
let site: Site;
let daemon: Running;
let receiver: number;

const call = (args: readonly string[]) => gatehouse([...args, ...at(site)]);
const ask = async (args: readonly string[]) => {
  const done = await call([...args, '--json']);
  return JSON.parse(done.out);
};
const decisions = async (): Promise<StoredRecord[]> =>
  (await call(['journal', 'tail', '--kind', 'decision', '-n', '100', '--json', '--personal'])).out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const opened = () => hardware.board.writes.filter((write) => write.pdu[0] === 5 && write.pdu[2] === 0).length;
const decisionAbout = async (text: string): Promise<StoredRecord> => {
  for (const end = performance.now() + 15_000; performance.now() < end; ) {
    const found = (await decisions()).find((record) => record.personal?.plate === text);
    if (found !== undefined) return found;
  }
  throw new Error('the journal has no decision about the car');
};
/** A car under the open boom and away again: the passage that the gateway closes behind. */
const driveThrough = async (): Promise<void> => {
  const level = (wanted: string) =>
    untilStatus(`the obstruction input is ${wanted}`, site, (status) => status.lanes[0]?.inputs.obstruction === wanted);
  await untilStatus('the boom is up', site, (status) => status.lanes[0]?.position === 'open');
  hardware.board.setInput(3, false);
  await level('active');
  hardware.board.setInput(3, true);
  await closedAgain();
};
const closedAgain = () =>
  untilStatus('the boom is down and no grant stands', site, (status) => {
    const lane = status.lanes[0];
    return lane?.position === 'closed' && lane.grants === 0;
  });

// Each call is a process of its own; a busy machine takes its time over twenty of them.
vi.setConfig({ testTimeout: 90_000 });

beforeAll(async () => {
  hardware = await serveHardware();
  receiver = await freePort();
  site = makeSite({ bus: hardware.port, receiver });
  const file = site.write('list.csv', `车牌,姓名\n${plate},张三\n`);
  expect((await call(['list', 'import', file, '--yes'])).code).toBe(0);
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await untilStatus('the lane is up', site, (status) => {
    return status.receiver !== null && status.lanes[0]?.position === 'closed' && status.journal.broken === null;
  });
}, 60_000);

afterAll(() => takeDown(daemon, hardware, site));

describe('with a running gateway', () => {
  it('lanes shows the measured position and how it is known', async () => {
    const english = await call(['lanes']);
    expect(english.code).toBe(0);
    expect(english.out).toMatch(/east-in +东门入口 +in +normal +closed +measured/);
    expect(english.out).toContain('obstruction○');
    expect(english.out).toMatch(/list 1 rows/);
    const chinese = await call(['lanes', '--lang', 'zh']);
    expect(chinese.out).toMatch(/east-in +东门入口 +进 +正常 +已关闭 +实测/);
    const { lanes, site: id } = await ask(['lanes']);
    expect(id).toBe('cli-test');
    expect(lanes).toMatchObject([
      { id: 'east-in', position: 'closed', basis: 'measured', inputs: { obstruction: 'inactive' } },
    ]);
  });

  it('devices says of a camera that it has not been heard, and of the board that it answers', async () => {
    const { out } = await call(['devices']);
    expect(out).toMatch(/east-in-barrier +barrier-modbus +✓ answering +\d.* ago/);
    expect(out).toMatch(/east-in-camera +camera-http +\? nothing heard yet +never/);
    expect(out).toMatch(/bus +✓ up/);
    expect(out).toContain(`camera pushes: 127.0.0.1:${receiver}`);
    expect(out).not.toContain(cameraPath);
  });

  it('a dry run names every rule and the command, and moves nothing', async () => {
    const before = hardware.board.writes.length;
    const done = await call(['simulate', 'plate', plate, '--lane', 'east-in']);
    expect(done.code).toBe(0);
    expect(done.out).toContain('✓ granted');
    expect(done.out).toContain('→ east-in-barrier pulseOpen (command)');
    const zh = await call(['simulate', 'plate', '粤Z00001', '--lane', 'east-in', '--lang', 'zh']);
    expect(zh.out).toContain('✕ 拒绝');
    expect(zh.out).toContain('不会发出命令');
    expect(hardware.board.writes.length).toBe(before);
    expect(await decisions()).toEqual([]);
  });

  it('the offline rehearsal decides as the running gateway does', async () => {
    const asked = ['simulate', 'plate', '京A12346', '--lane', 'east-in'];
    const live = await ask(asked);
    const elsewhere = makeSite({ bus: hardware.port, receiver });
    try {
      const file = elsewhere.write('list.csv', `车牌,姓名\n${plate},张三\n`);
      await gatehouse(['list', 'import', file, '--yes', ...at(elsewhere)]);
      const done = await gatehouse([...asked, ...at(elsewhere), '--json']);
      expect(done.code).toBe(0);
      const offline = JSON.parse(done.out);
      expect(offline.gateway).toBe('offline');
      expect(live.gateway).toBe('running');
      expect(offline.decision.decision.outcome).toBe(live.decision.decision.outcome);
      expect(offline.decision.decision.reasons.map((reason: { rule: string }) => reason.rule)).toEqual(
        live.decision.decision.reasons.map((reason: { rule: string }) => reason.rule),
      );
    } finally {
      elsewhere.remove();
    }
  });

  it('refuses to actuate without a yes, and an unknown lane', async () => {
    const before = hardware.board.writes.length;
    const unsure = await call(['simulate', 'plate', plate, '--lane', 'east-in', '--actuate']);
    expect(unsure.code).toBe(64);
    expect(unsure.err).toContain('may raise the boom');
    expect((await call(['simulate', 'plate', plate, '--lane', 'west-1'])).code).toBe(1);
    expect(hardware.board.writes.length).toBe(before);
  });

  it('explain shows a real push from the camera to the open boom, each stage in its order', async () => {
    expect((await pushPlate(receiver, plate)).status).toBe(200);
    await driveThrough();
    const decision = await decisionAbout(plate);

    const story = await ask(['explain', String(decision.seq)]);
    expect(story.decision.seq).toBe(decision.seq);
    expect(story.decision.personal).toBeNull();
    const stages: { stage: string; ms: number | null; known: string }[] = story.stages;
    expect(stages.map((stage) => stage.stage)).toEqual([
      'camera',
      'received',
      'decided',
      'committed',
      'sent',
      'echoed',
      'moved',
      'open',
    ]);
    expect(stages[0]?.known).toBe('twoClocks');
    const measured = stages.slice(1);
    expect(measured.map((stage) => stage.known)).toEqual(measured.map(() => 'recorded'));
    const times = measured.map((stage) => stage.ms ?? Number.NaN);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // I1: no frame before its record is durable.
    expect(times[3]).toBeGreaterThanOrEqual(times[2] ?? Number.NaN);

    const english = await call(['explain', String(decision.seq)]);
    expect(english.out).toContain('✓ granted: On the list with a valid permit');
    expect(english.out).toMatch(/· block list/);
    expect(english.out).toMatch(/list [0-9a-f]{16}, in force for/);
    expect(english.out).toContain(`configuration ${story.decision.body.configHash}`);
    expect(english.out).toMatch(/commanded: open, for a grant \(east-in-barrier\)/);
    expect(story.passage.body).toMatchObject({ outcome: 'taken', basis: 'measured' });
    expect((await call(['explain', String(decision.seq), '--lang', 'zh'])).out).toContain('✓ 放行：名单许可有效');

    const { command } = story.commands[0].commanded;
    expect((await ask(['explain', command])).decision.seq).toBe(decision.seq);
    expect((await ask(['explain', `${decision.boot}#${decision.ref}`])).event.seq).toBe(decision.seq);
    expect((await ask(['explain', '--plate', '京·a12345'])).event.seq).toBe(decision.seq);
    const read = story.reads.at(-1);
    expect((await ask(['explain', String(read.seq)])).decision.seq).toBe(decision.seq);
  });

  it('explain says of a refused car which stages there never were, and invents none', async () => {
    const before = opened();
    await pushPlate(receiver, '苏E67890');
    const denied = await decisionAbout('苏E67890');
    const stagesByName = async () => {
      const { stages } = await ask(['explain', String(denied.seq)]);
      return new Map<string, { ms: number | null; known: string; why: string | null }>(
        stages.map((stage: { stage: string }) => [stage.stage, stage]),
      );
    };
    let byName = await stagesByName();
    for (const end = performance.now() + 15_000; performance.now() < end; byName = await stagesByName())
      if (byName.get('committed')?.known === 'recorded') break;
    const decided = byName.get('decided');
    expect(decided?.known).toBe('recorded');
    // No command followed, yet it is told when the record was durable: after it was decided.
    expect(byName.get('committed')?.known).toBe('recorded');
    expect(byName.get('committed')?.ms).toBeGreaterThanOrEqual(decided?.ms ?? Number.POSITIVE_INFINITY);
    for (const name of ['sent', 'echoed', 'moved', 'open'])
      expect(byName.get(name)).toMatchObject({ ms: null, known: 'missing', why: 'notGranted' });
    const { out } = await call(['explain', String(denied.seq)]);
    expect(out).toContain('✕ denied: Not on the list');
    expect(out).toContain('missing: not granted, nothing was commanded');
    expect(opened()).toBe(before);
  });

  it('explain finds nothing before the first decision about a plate, and refuses what names no event', async () => {
    const first = (await decisions()).find((record) => record.personal?.plate === plate);
    const done = await call(['explain', '--plate', plate, '--at', '2020-01-01T00:00']);
    expect(done.code).toBe(1);
    expect(first).toBeDefined();
    expect((await call(['explain', '999999'])).code).toBe(1);
    expect((await call(['explain', 'not/an/event'])).code).toBe(64);
    expect((await call(['explain'])).code).toBe(64);
  });

  it('journal tail follows live, in the lane asked for, and ends when it is interrupted', async () => {
    const tail = start(['journal', 'tail', '-n', '1', '-f', '--lane', 'east-in', ...at(site)]);
    await until('the tail is shown', () => tail.out.length > 0);
    await pushPlate(receiver, '沪D54321');
    await until('the new decision is shown', () => tail.out.some((line) => /沪D54321.*Not on the list/.test(line)));
    const numbers = tail.out.map((line) => Number(/^#(\d+)/.exec(line)?.[1]));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    tail.child.kill('SIGINT');
    expect((await tail.ended).code).toBe(0);
  });

  it('journal tail keeps personal fields out of JSON unless they are asked for', async () => {
    const { out } = await call(['journal', 'tail', '--kind', 'decision', '-n', '50', '--json']);
    expect(out).not.toContain(plate);
    const zh = await call(['journal', 'tail', '--kind', 'decision', '--lang', 'zh']);
    expect(zh.out).toMatch(new RegExp(`✓ ${plate} 放行`));
  });

  it('--actuate opens the boom, shows the outcome, and ends with 0; a refused plate with 1', async () => {
    await closedAgain();
    const before = opened();
    const done = await call(['simulate', 'plate', plate, '--lane', 'east-in', '--actuate', '--yes']);
    expect(done.out).toContain('taken as a live read');
    expect(done.out).toContain('✓ granted');
    expect(done.out).toMatch(/boom moved +\d/);
    expect(done.code).toBe(0);
    expect(opened()).toBe(before + 1);
    await driveThrough();
    const refused = await call(['simulate', 'plate', '粤Z77777', '--lane', 'east-in', '--actuate', '--yes', '--json']);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ actuated: true, decision: { body: { outcome: 'denied' } } });
    expect(opened()).toBe(before + 1);
  });

  it('a list that is imported serves at once', async () => {
    const file = site.write('list.csv', `车牌,姓名\n${plate},张三\n鲁E11111,孙七\n`);
    const done = await call(['list', 'import', file, '--yes']);
    expect(done.out).toContain('the gateway uses it now');
    const { decision } = await ask(['simulate', 'plate', '鲁E11111', '--lane', 'east-in']);
    expect(decision.decision.outcome).toBe('granted');
  });

  it('acknowledge refuses a fault that does not stand, and wants a name and a reason', async () => {
    const { code, err } = await call([
      'acknowledge',
      'east-in',
      'obstructionHunting',
      '--by',
      '王五',
      '--reason',
      '查过',
    ]);
    expect(code).toBe(1);
    expect(err).toContain('has no fault obstructionHunting');
    expect((await call(['acknowledge', 'east-in', 'obstructionHunting', '--by', '王五'])).code).toBe(64);
  });

  it('release refuses a claim that is not there', async () => {
    const { code, err } = await call(['release', 'east-in', 'fire', '--by', '王五']);
    expect(code).toBe(1);
    expect(err).toContain('has no claim fire');
  });

  it('reload of a broken file says what stays as it was, and faults names the place', async () => {
    const yaml = siteYaml({ bus: hardware.port, receiver });
    site.write('config/site.yaml', yaml.replace('commissioned: true', 'comissioned: true'));
    const broken = await call(['reload']);
    expect(broken.code).toBe(1);
    expect(broken.out).toContain('lane east-in runs on its last known good');
    const { out } = await call(['faults', '--lang', 'zh']);
    expect(out).toMatch(/! lane:east-in +configRejected/);
    expect(out).toContain('配置有误');
    expect(out).toMatch(/site\.yaml:\d+:5/);
    site.write('config/site.yaml', yaml);
    expect((await call(['reload'])).code).toBe(0);
    expect((await call(['faults'])).out).not.toContain('configRejected');
  });

  it('a configuration folder that is gone changes nothing at the gate, and is told with its place', async () => {
    const away = `${site.config}-away`;
    renameSync(site.config, away);
    try {
      const { configHash } = await untilStatus('it runs', site, () => true);
      const gone = await call(['reload', '--lang', 'zh']);
      expect(gone.code).toBe(1);
      expect(gone.out).toContain('沿用上次有效配置');
      const status = await untilStatus('the fault stands', site, ({ faults }) =>
        faults.some(({ code }) => code === 'configRejected'),
      );
      expect(status.configHash).toBe(configHash);
      expect(status.lanes.map((lane) => lane.id)).toEqual(['east-in']);
      expect(status.lanesNotAsWritten).toEqual([
        expect.objectContaining({ id: 'east-in', state: 'lastKnownGood', where: `${site.config}:1:1` }),
      ]);
      expect(status.faults.filter(({ code }) => code === 'configRejected')).toHaveLength(1);
      const { out } = await call(['lanes']);
      expect(out).toMatch(/! lane east-in runs on its last known good \(.+\) +\S+:1:1/);
      expect(out).toContain('the configuration folder cannot be read');
    } finally {
      renameSync(away, site.config);
    }
    expect((await call(['reload'])).code).toBe(0);
    expect((await call(['faults'])).out).not.toContain('configRejected');
  });

  it('a silent board is not shown with its last position', async () => {
    hardware.board.powered = false;
    try {
      await untilStatus('the board is silent', site, (status) => status.lanes[0]?.position === 'unknown');
      const { out } = await call(['lanes']);
      expect(out).toMatch(/east-in .*position unknown/);
      expect(out).toContain('obstruction?stale');
      expect(out).toContain('deviceSilent: The board of a boom or door does not answer, or its inputs cannot be read;');
      expect((await call(['devices'])).out).toMatch(/east-in-barrier +barrier-modbus +! silent/);
    } finally {
      hardware.board.powered = true;
    }
    await closedAgain();
  });
});

describe('gatehouse journal verify', () => {
  it('proves the journal of a gateway that has ended, and finds what was edited afterwards', async () => {
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
    const sound = await call(['journal', 'verify']);
    expect(sound.code).toBe(0);
    expect(sound.out).toContain('✓ the journal is sound');
    expect(sound.out).toMatch(/0 records after the last one are not anchored/);

    const [decision] = await decisions();
    const db = new Database(join(site.state, 'gatehouse.db'));
    db.exec('DROP TRIGGER journal_is_append_only_u');
    db.prepare(`UPDATE journal SET body = replace(body, 'granted', 'denied') WHERE seq = ?`).run(decision?.seq);
    db.close();
    const edited = await call(['journal', 'verify', '--lang', 'zh']);
    expect(edited.code).toBe(1);
    expect(edited.out).toContain(`✕ #${decision?.seq}  记录本身，或它与前一条的链接，被改动过 [edited]`);
    const { sound: verdict, findings } = await ask(['journal', 'verify']);
    expect(verdict).toBe(false);
    expect(findings[0]).toMatchObject({ kind: 'edited', seq: decision?.seq });
  });
});
