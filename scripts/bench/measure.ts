/** One round: start a system beside a fresh device, let it idle, drive traffic through it, and end both. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Boom, Device, type DeviceStats, type Wire } from './device.ts';
import { type Spread, spreadOf } from './figures.ts';
import { PlateDraw, seeded } from './plates.ts';
import { cpuOf, familyOf } from './process-facts.ts';
import { type Stage, stagesOf } from './stages.ts';
import { importArgs, monoMs, type Plan, type Running, startFloor, startGateway } from './systems.ts';
import { drive, firstOpening, type TrafficPlan, type TrafficResult } from './traffic.ts';

export type SystemName = 'gatehouse' | 'floor';

export interface Bench {
  readonly dir: string;
  readonly deviceBinary: string;
  readonly preparedState: string;
  readonly csv: string;
  /** A list that differs in one row of a hundred, for the import under load. */
  readonly nextCsv: string;
  readonly rows: number;
  readonly lanes: number;
  readonly pollMs: number;
  readonly boom: Boom;
  readonly traffic: TrafficPlan;
  readonly idleMs: number;
  readonly nodeOptions: readonly string[];
}

export interface Round {
  readonly system: SystemName;
  /** Event to the frame's last byte, milliseconds. */
  readonly latency: Spread;
  readonly missed: number;
  readonly wrong: number;
  readonly refused: number;
  readonly coldPollMs: number;
  readonly coldOpenMs: number;
  readonly residentMb: readonly { readonly what: string; readonly mb: number }[];
  /** Of one core, while only polling. */
  readonly idleCpuShare: number;
  readonly pollHz: number;
  readonly device: DeviceStats;
  readonly stages: Readonly<Record<Stage, Spread>> | null;
}

export interface ImportRound {
  readonly seconds: number;
  readonly latency: Spread;
  readonly missed: number;
  readonly wrong: number;
}

interface Standing {
  readonly device: Device;
  readonly system: Running;
  readonly draw: PlateDraw;
  readonly random: () => number;
  readonly coldPollMs: number;
  readonly coldOpenMs: number;
}

export async function measureRound(bench: Bench, name: SystemName, wire: Wire, seed: number): Promise<Round> {
  return inRound(bench, name, wire, seed, async ({ device, system, draw, random, coldPollMs, coldOpenMs }) => {
    const idle = await measureIdle(system, device, bench.idleMs);
    device.reset();
    const result = await drive(device, system.httpPort, bench.traffic, draw, random);
    const stats = await device.stats();
    const residentMb = familyOf(system.pid).map(({ command, residentMb: mb }) => ({ what: nameOf(command), mb }));
    await system.stop();
    const stages = name === 'gatehouse' ? stagesOf(system.stateDir, result.passed) : null;
    const round = {
      system: name,
      ...counts(result),
      coldPollMs,
      coldOpenMs,
      residentMb,
      ...idle,
      device: stats,
      stages,
    };
    return { ...round, latency: spreadOf(result.passed.map(({ postedAt, landedAt }) => landedAt - postedAt)) };
  });
}

/** Cars keep coming while another process imports a whole list; counted are those that came between its start and 3 s after its end. */
export async function measureImport(bench: Bench, wire: Wire, seed: number): Promise<ImportRound> {
  return inRound(bench, 'gatehouse', wire, seed, async ({ device, system, draw, random }) => {
    const startedAt = monoMs();
    const done: { at: number | null; code: number | null } = { at: null, code: null };
    const args = importArgs(system.configDir, system.stateDir, bench.nextCsv);
    const importer = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    importer.once('exit', (code) => {
      done.at = monoMs();
      done.code = code;
    });
    const tookUp = (): boolean => done.at !== null && monoMs() > done.at + 3000;
    const endless: TrafficPlan = { ...bench.traffic, events: 100_000 };
    const result = await drive(device, system.httpPort, endless, draw, random, tookUp);
    await system.stop();
    if (done.at === null || done.code !== 0) throw new Error(`the import under load ended with ${done.code}`);
    const latency = spreadOf(result.passed.map(({ postedAt, landedAt }) => landedAt - postedAt));
    return { seconds: (done.at - startedAt) / 1000, latency, missed: result.missed, wrong: result.wrong };
  });
}

/** A round in which something broke leaves its folder: configuration, journal and log say why. */
async function inRound<T extends { readonly missed: number; readonly wrong: number }>(
  bench: Bench,
  name: SystemName,
  wire: Wire,
  seed: number,
  measure: (standing: Standing) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(bench.dir, `${name}-`));
  const device = await Device.start(bench.deviceBinary, wire, bench.boom, dir);
  const random = seeded(seed);
  const draw = new PlateDraw(bench.rows, random);
  const { lanes, pollMs, csv, preparedState, nodeOptions } = bench;
  const plan: Plan = { lanes, pollMs, csv, preparedState, nodeOptions, bus: device.bus, dir };
  let polledAt = Number.NaN;
  device.onPolled = (at) => {
    polledAt = at;
  };
  const system = name === 'floor' ? await startFloor(plan) : await startGateway(plan);
  let isKept = true;
  try {
    const coldOpenMs = await firstOpening(device, system.httpPort, draw, system.spawnedAt, bench.traffic.restMs);
    device.onPolled = () => {};
    const coldPollMs = polledAt - system.spawnedAt;
    const measured = await measure({ device, system, draw, random, coldPollMs, coldOpenMs });
    isKept = measured.missed + measured.wrong > 0 || bench.nodeOptions.length > 0;
    return measured;
  } finally {
    if (!system.ended()) await system.stop();
    await device.stop();
    if (!isKept) rmSync(dir, { recursive: true, force: true });
  }
}

async function measureIdle(
  system: Running,
  device: Device,
  idleMs: number,
): Promise<Pick<Round, 'idleCpuShare' | 'pollHz'>> {
  device.reset();
  const [cpu, at] = [cpuOf(system.pid), monoMs()];
  await sleep(idleMs);
  const stats = await device.stats();
  return { idleCpuShare: (cpuOf(system.pid) - cpu) / (monoMs() - at), pollHz: stats.polls / stats.seconds };
}

const counts = ({ missed, wrong, refused }: TrafficResult): Pick<Round, 'missed' | 'wrong' | 'refused'> => ({
  missed,
  wrong,
  refused,
});

function nameOf(command: string): string {
  return command.includes('camera-child') ? 'camera host' : command.includes('floor.ts') ? 'script' : 'daemon';
}
