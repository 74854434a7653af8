/** What runs now, from the YAML or from what last ran: read at start and at each reload (design.md, ux.md §2). */
import { resolve } from 'node:path';
import {
  type LastKnownGood,
  nextLastKnownGood,
  noneKnown,
  readLastKnownGood,
  resolveWithLastKnownGood,
  type Running,
} from '../config/last-known-good.ts';
import { type LoadOptions, type LoadResult, loadConfig } from '../config/load.ts';
import type { SiteModel } from '../core/site-model.ts';
import type { Json } from '../core/values.ts';
import { readStateFile, writeStateFile } from '../store/state-file.ts';
import type { FoundDriver } from './registry.ts';
import { givenStateDir } from './store-ahead.ts';

export interface ConfigurationOptions {
  readonly configDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly drivers: readonly FoundDriver[];
  /** Wall milliseconds now, where another clock than the system's is kept. */
  readonly wall?: (() => number) | undefined;
}

export interface Configuration {
  readonly load: LoadResult;
  readonly running: Running;
  /** What is to run where the files fail next time. */
  readonly good: LastKnownGood;
  /** Set when the file with the last known good could not be read: a bad section has then nothing to fall back on. */
  readonly lkgProblem: string | null;
}

const lkgPath = (stateDir: string): string => resolve(stateDir, 'last-known-good');

/** Where the state lies: the command line, systemd's `STATE_DIRECTORY`, the configuration, or beside it. */
export function stateDirOf(asked: string | null, options: ConfigurationOptions): string {
  const given = givenStateDir(asked, options.env);
  if (given !== null) return given;
  return resolve(options.configDir, writtenDir(readLoad(options)) ?? 'state');
}

/** Also where another section is in error: the last known good lies there, and must be found just then. */
function writtenDir(load: LoadResult): string | null {
  if (load.store !== null) return load.store.dir;
  const raw = load.sections.get('store')?.raw;
  if (raw === null || typeof raw !== 'object' || !('dir' in raw)) return null;
  return typeof raw.dir === 'string' && raw.dir !== '' ? raw.dir : null;
}

function readLoad(options: ConfigurationOptions): LoadResult {
  return loadConfig(options.configDir, { ...resolving(options), env: options.env });
}

/** What would run now, without a trace on the disk: for `check` and whatever else only looks. Never throws for a bad file. */
export function peekConfiguration(stateDir: string, options: ConfigurationOptions): Configuration {
  const { load, running, good, lkgProblem } = resolveNow(stateDir, options, null);
  return { load, running, good, lkgProblem };
}

/** What would run on a machine that has never run this configuration: nothing stands in for what is wrong. */
export function firstStart(load: LoadResult, drivers: readonly FoundDriver[]): Running {
  return resolveWithLastKnownGood(load, noneKnown, resolving({ drivers }));
}

/**
 * Never throws for a bad file. Writes only the last known good, and that only when it has changed.
 * @param running at a reload: what runs stays where the files fail, also if the disk never took the last known good.
 */
export function readConfiguration(
  stateDir: string,
  options: ConfigurationOptions,
  running: Configuration | null = null,
): Configuration {
  const { kept, ...found } = resolveNow(stateDir, options, running?.good ?? null);
  const next = nextLastKnownGood(found.running, found.load, found.good, nowOf(options));
  let { lkgProblem } = found;
  if (JSON.stringify(next) !== JSON.stringify(kept)) {
    try {
      writeStateFile(lkgPath(stateDir), next as unknown as Json);
    } catch (error) {
      lkgProblem = error instanceof Error ? error.message : String(error);
    }
  }
  return { load: found.load, running: found.running, good: next, lkgProblem };
}

type Resolving = Pick<ConfigurationOptions, 'drivers' | 'wall'>;

function resolving(options: Resolving): LoadOptions {
  return { drivers: options.drivers.map((found) => found.driver), nowWall: nowOf(options) };
}

function nowOf({ wall }: Resolving): number {
  return wall?.() ?? Date.now();
}

/** `kept` is what the disk holds of the last known good; `good` what was taken for it. */
function resolveNow(
  stateDir: string,
  options: ConfigurationOptions,
  inForce: LastKnownGood | null,
): Configuration & { readonly kept: LastKnownGood } {
  const load = readLoad(options);
  const read = readStateFile(lkgPath(stateDir));
  const kept = read.kind === 'read' ? readLastKnownGood(read.value) : noneKnown;
  const good = inForce ?? kept;
  const running = resolveWithLastKnownGood(load, good, resolving(options));
  return { load, running, good, lkgProblem: read.kind === 'unreadable' ? read.why : null, kept };
}

/** No site section at all, now or ever: the process runs, says so, and serves nothing. */
export function nowhere(configHash: string): SiteModel {
  return {
    id: 'unconfigured',
    name: 'unconfigured',
    timezone: 'Asia/Shanghai',
    homeProvince: null,
    configHash,
    lanes: [],
    routes: [],
    interlocks: [],
    calendar: { days: {}, years: [], windows: {} },
    near: { suggest: true },
    emergencyPlates: [],
    closingsAtOnce: {},
  };
}
