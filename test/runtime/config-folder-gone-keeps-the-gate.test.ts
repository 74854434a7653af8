import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { laneOutcomes } from '../../src/config/last-known-good.ts';
import type { JsonObject } from '../../src/core/values.ts';
import { type Configuration, peekConfiguration, readConfiguration } from '../../src/runtime/configuration.ts';
import { ConfigurationFaults } from '../../src/runtime/configuration-faults.ts';
import type { Log } from '../../src/runtime/log.ts';
import { bus, drivers, sensed, site } from '../config/fakes.ts';

const devices = `devices:\n  a: { driver: board, line: bus, unit: 1, ${sensed} }\n`;
const lanes = 'lanes:\n  east: { name: 东门, direction: in, barrier: a, commissioned: true }\n';

let root = '';
let config = '';
let state = '';
const options = () => ({
  configDir: config,
  env: {},
  drivers: drivers.map((driver) => ({ driver, module: 'file:///nowhere/index.ts' })),
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-reload-'));
  config = join(root, 'config');
  state = join(root, 'state');
  mkdirSync(config);
  mkdirSync(state);
  writeFileSync(join(config, 'site.yaml'), site);
  writeFileSync(join(config, 'gate.yaml'), bus + devices + lanes);
});

afterEach(() => {
  chmodSync(config, 0o700);
  rmSync(root, { recursive: true, force: true });
});

interface Told {
  readonly subject: string;
  readonly raised: boolean;
  readonly detail: JsonObject;
}

/** What a gateway would tell, in order, and write into its log. */
function listener() {
  const told: Told[] = [];
  const logged: object[] = [];
  const quiet = () => undefined;
  const log: Log = { info: quiet, error: quiet, warn: (_, facts) => logged.push(facts ?? {}) };
  const faults = new ConfigurationFaults((code, subject, raised, detail) => {
    if (code === 'configRejected') told.push({ subject, raised, detail });
  }, log);
  const tell = (configuration: Configuration): readonly Told[] => {
    faults.tell(configuration);
    return told.splice(0);
  };
  return { tell, logged };
}

describe('a reload', () => {
  it('without the folder runs on as before, under one fault that names the folder', () => {
    const { tell, logged } = listener();
    const before = readConfiguration(state, options());
    expect(tell(before)).toEqual([]);
    renameSync(config, join(root, 'away'));
    const after = readConfiguration(state, options(), before);
    expect(after.running.hash).toBe(before.running.hash);
    expect(after.running.site).toEqual(before.running.site);
    expect(after.running.field).toEqual(before.running.field);
    const told = tell(after);
    expect(told).toEqual([
      { subject: config, raised: true, detail: expect.objectContaining({ where: `${config}:1:1`, code: 'E-FOLDER' }) },
    ]);
    expect(told[0]?.detail.message).toEqual({
      zh: expect.stringContaining('读不到配置目录'),
      en: expect.stringContaining('the configuration folder cannot be read'),
    });
    expect(told[0]?.detail.sections).toContain('lane:east=lastKnownGood');
    expect(logged).toEqual([expect.objectContaining({ where: `${config}:1:1` })]);

    renameSync(join(root, 'away'), config);
    const mended = readConfiguration(state, options(), after);
    expect(tell(mended)).toEqual([{ subject: config, raised: false, detail: {} }]);
    expect(laneOutcomes(mended.running).map((lane) => lane.state)).toEqual(['current']);
  });

  it('of an empty folder runs on as before', () => {
    const before = readConfiguration(state, options());
    rmSync(join(config, 'site.yaml'));
    rmSync(join(config, 'gate.yaml'));
    const after = readConfiguration(state, options(), before);
    expect(after.running.hash).toBe(before.running.hash);
    expect(after.running.faults.map((fault) => `${fault.problem?.file} ${fault.problem?.code}`)).toEqual([
      `${config} E-NO-SITE`,
    ]);
  });

  it('runs on as before although the disk never took the last known good', () => {
    const before = readConfiguration(state, options());
    rmSync(state, { recursive: true });
    renameSync(config, join(root, 'away'));
    const after = readConfiguration(state, options(), before);
    expect(after.running.hash).toBe(before.running.hash);
    expect(peekConfiguration(state, options()).running.site).toBeNull();
    renameSync(join(root, 'away'), config);
    mkdirSync(state);
    readConfiguration(state, options(), after);
    renameSync(config, join(root, 'away'));
    expect(peekConfiguration(state, options()).running.hash).toBe(before.running.hash);
    renameSync(join(root, 'away'), config);
  });

  it('with one tab tells one fault, and again nothing while it stands unchanged', () => {
    const { tell, logged } = listener();
    const before = readConfiguration(state, options());
    tell(before);
    writeFileSync(join(config, 'gate.yaml'), bus + devices.replace('  a:', '\ta:') + lanes);
    const after = readConfiguration(state, options(), before);
    const told = tell(after);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      subject: 'gate.yaml',
      raised: true,
      detail: { where: 'gate.yaml:4:1', code: 'E-TAB' },
    });
    expect(told[0]?.detail.sections).toBe('line:bus=lastKnownGood, device:a=lastKnownGood, lane:east=lastKnownGood');
    expect(tell(readConfiguration(state, options(), after))).toEqual([]);
    expect(logged).toHaveLength(1);
  });

  it('that leaves out one bad plate says which, where and what it means', () => {
    const { tell } = listener();
    const before = readConfiguration(state, options());
    tell(before);
    writeFileSync(join(config, 'site.yaml'), site.replace(' }\n', ', emergencyPlates: ["--"] }\n'));
    const told = tell(readConfiguration(state, options(), before));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ subject: 'site.emergencyPlates.0', detail: { state: 'partial', code: 'E-PLATE' } });
    expect(told[0]?.detail.where).toMatch(/^site\.yaml:1:\d+$/);
    expect(told[0]?.detail.effect).toEqual({
      zh: expect.stringContaining('此车牌不按应急车辆处理'),
      en: expect.stringContaining('this plate is not known as an emergency vehicle'),
    });
  });
});

describe('a last known good of a large site', () => {
  it('survives the disk whole', () => {
    const many = Array.from(
      { length: 1500 },
      (_, index) =>
        `  d${index}: { driver: camera, address: 10.0.${index >> 8}.${index & 255}, notesFile: ${'n'.repeat(200)} }\n`,
    ).join('');
    writeFileSync(join(config, 'gate.yaml'), bus + devices + many + lanes);
    const before = readConfiguration(state, options());
    expect(JSON.stringify(before.good).length).toBeGreaterThan(300_000);
    rmSync(join(config, 'gate.yaml'));
    writeFileSync(join(config, 'gate.yaml'), 'lines: [\n');
    expect(peekConfiguration(state, options()).running.hash).toBe(before.running.hash);
  });
});
