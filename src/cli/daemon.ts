/** The daemon as `gatehouse run` starts it: guard thread, gateway, control socket, signals. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../runtime/clock.ts';
import { keepCompiledCode } from '../runtime/compiled-code.ts';
import { stateDirOf } from '../runtime/configuration.ts';
import { serveControl } from '../runtime/control-server.ts';
import { Gateway } from '../runtime/gateway.ts';
import { type Guard, startGuard } from '../runtime/guard/guard.ts';
import { type LogLevel, openLog } from '../runtime/log.ts';
import { findDrivers } from '../runtime/registry.ts';
import type { StoreAhead } from '../runtime/store-ahead.ts';
import { feedGuard } from '../runtime/useful-work.ts';

export interface RunOptions {
  readonly config: string;
  readonly state?: string;
  readonly clockMark?: string;
  readonly log?: LogLevel;
  /** End when standard input does. */
  readonly whileStdin?: boolean;
}

/** What was begun before this file was loaded. */
export interface Ahead {
  readonly cameras: ChildProcess;
  readonly store: StoreAhead | null;
}

export interface Daemon {
  readonly gateway: Gateway;
  readonly guard: Guard;
  stop(why: string): Promise<void>;
}

/** Starts everything and installs the signal handlers. The guard thread is first, so that a hanging start is seen too. */
export async function runDaemon(options: RunOptions, ahead: Ahead): Promise<Daemon> {
  const log = openLog(options.log ?? 'info');
  const guard = startGuard({
    onStalled: (names) => log.error('useful work has stalled', { names }),
    onLost: (reason) => log.error('the guard thread was lost and is replaced', { reason }),
  });
  const clock = systemClock();
  const startedAt = clock.mono();
  guard.beat();
  const drivers = await findDrivers((folder, error) =>
    log.error('a driver does not load', { folder, error: String(error) }),
  );
  const configDir = resolve(options.config);
  const base = { configDir, env: process.env, drivers };
  const stateDir = stateDirOf(options.state ?? null, base);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const clockMark = options.clockMark ?? null;
  const gateway = new Gateway({
    ...base,
    stateDir,
    clock,
    log,
    clockMark,
    cameras: ahead.cameras,
    storeAhead: ahead.store,
  });
  const feeding = feedGuard(guard, gateway);
  const starting = gateway.start();
  const control = await serveControl(gateway, startedAt);
  let stopping: Promise<void> | null = null;
  const stop = (why: string): Promise<void> => {
    stopping ??= (async () => {
      guard.stopping();
      log.info('stopping', { why });
      await control.close();
      await gateway.stop(why);
      // Not sooner: a loop without a beat is killed after 2 s, and a disk or a thread that hangs may make a stop longer than that.
      feeding.stop();
      await guard.end();
    })();
    return stopping;
  };
  const end = (why: string): void =>
    void stop(why).then(
      () => process.exit(0),
      () => process.exit(70),
    );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal));
  if (options.whileStdin === true) process.stdin.resume().once('close', () => end('stdin closed'));
  process.on(
    'SIGHUP',
    () => void gateway.reload().catch((error: unknown) => log.error('reload failed', { error: String(error) })),
  );
  await starting;
  keepCompiledCode();
  guard.ready();
  log.info('ready', { boot: gateway.boot, lanes: gateway.loop.site.model.lanes.length, stateDir });
  return { gateway, guard, stop };
}
