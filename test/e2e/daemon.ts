/** The daemon as a process of its own, driven as a technician and systemd would: files, signals, the control socket, the command line. */
import { join } from 'node:path';
import { ask } from '../../src/runtime/control-client.ts';
import type { ControlRequest } from '../../src/runtime/control-protocol.ts';
import type { FaultView, LaneView, StatusView } from '../../src/runtime/views.ts';
import { isAlive, node, type Process, root, type Stage, start, until } from './harness.ts';

export interface SlowDisk {
  /** Each fsync and fdatasync of the daemon waits this long first. */
  readonly delayMs: number;
  /** File for strace's log of them. */
  readonly log: string;
}

export interface DaemonOptions {
  readonly config: string;
  readonly state: string;
  /** Tree whose `src/cli/main.ts` is started; default this one. */
  readonly tree?: string;
  readonly slowDisk?: SlowDisk | null;
  readonly nodeArgs?: readonly string[];
  readonly runArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Traces nothing but the syncs: with seccomp the other system calls run at full speed. */
function straceArgs({ delayMs, log }: SlowDisk): string[] {
  const inject = `fsync,fdatasync:delay_enter=${Math.round(delayMs * 1000)}`;
  return [
    ...['-f', '--seccomp-bpf', '-qq', '-ttt', '-T', '-o', log, '-e', 'trace=fsync,fdatasync', '-e', 'signal=none'],
    ...(delayMs > 0 ? ['-e', `inject=${inject}`] : []),
  ];
}

/** Slows the disk of a daemon that runs already; resolves once strace holds all its threads. Ended by `release`. */
export async function slowDown(stage: Stage, pid: number, delayMs: number): Promise<{ release(): Promise<void> }> {
  const inject = `inject=fsync,fdatasync:delay_enter=${Math.round(delayMs * 1000)}`;
  const strace = start(stage, 'strace', [
    '-f',
    '-p',
    String(pid),
    '-o',
    '/dev/null',
    '-e',
    'trace=fsync,fdatasync',
    '-e',
    inject,
  ]);
  await until('strace is attached', () => {
    if (strace.child.exitCode !== null) throw new Error(`strace ended: ${strace.err.join('\n')}`);
    return strace.err.some((line) => line.includes('attached'));
  });
  return {
    async release() {
      strace.child.kill('SIGINT');
      await strace.ended;
    },
  };
}

export class Daemon {
  readonly process: Process;
  readonly options: DaemonOptions;
  #pid: number | null = null;

  constructor(stage: Stage, options: DaemonOptions) {
    this.options = options;
    const main = join(options.tree ?? root, 'src', 'cli', 'main.ts');
    const mark = join(options.config, 'site.yaml');
    const run = [
      ...(options.nodeArgs ?? []),
      main,
      ...['run', '--config', options.config, '--state', options.state, '--clock-mark', mark],
      ...(options.runArgs ?? []),
    ];
    const slow = options.slowDisk ?? null;
    this.process =
      slow === null
        ? start(stage, node, run, options.env)
        : start(stage, 'strace', [...straceArgs(slow), node, ...run]);
    // strace ends with the program; were strace killed first, the program would go on by itself.
    stage.onEnd(() => this.kill());
  }

  /** Process id of the daemon itself, also where a supervisor or strace stands in between. */
  get pid(): number {
    if (this.#pid === null) throw new Error('the daemon has not answered yet');
    return this.#pid;
  }

  ask(request: ControlRequest): Promise<unknown> {
    return ask(this.options.state, request);
  }

  async status(): Promise<StatusView> {
    const status = (await this.ask({ method: 'status' })) as StatusView;
    this.#pid = status.pid;
    return status;
  }

  /** A daemon that is not up yet, or busy, has no status. */
  async statusNow(): Promise<StatusView | null> {
    try {
      return await this.status();
    } catch {
      return null;
    }
  }

  /** Waits until the daemon's own view fulfils `what`; fails with the log when it never does. */
  async when(what: string, holds: (status: StatusView) => boolean | undefined, withinMs = 15_000): Promise<StatusView> {
    let last: StatusView | null = null;
    try {
      return await until(
        what,
        async () => {
          last = (await this.statusNow()) ?? last;
          return last !== null && holds(last) === true ? last : null;
        },
        withinMs,
      );
    } catch (error) {
      const lanes = JSON.stringify((last as StatusView | null)?.lanes ?? null);
      throw new Error(`${String(error)}\nlanes: ${lanes}\nlog:\n${this.tail()}`);
    }
  }

  /** Up: database open, lists known, receiver listening (where there is one), every board of the field read. */
  ready(withinMs = 30_000): Promise<StatusView> {
    return this.when(
      'the daemon is up',
      (status) =>
        status.journal.lastSeq !== null &&
        (status.receiver !== null || !this.wantsReceiver) &&
        status.lanes.every((lane) => lane.portal === 'none' || lane.inputAgeMs !== null || noInputs(lane)),
      withinMs,
    );
  }

  /** Set to false for a site without cameras that push. */
  wantsReceiver = true;

  tail(): string {
    return [...this.process.out.slice(-40), ...this.process.err.slice(-20)].join('\n');
  }

  /** Log lines that carry this message. */
  logged(message: string): Record<string, unknown>[] {
    return this.process.out.flatMap((line) => {
      if (!line.includes(message)) return [];
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** `kill -9` of the daemon itself, not of what started it. */
  async kill(): Promise<void> {
    const pid = this.#pid ?? (this.options.slowDisk == null ? this.process.pid : null);
    if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGKILL');
    if (pid === null) await this.process.kill();
    await this.process.ended;
  }

  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return (await this.process.ended).code;
  }
}

function noInputs(lane: LaneView): boolean {
  return Object.keys(lane.inputs).length === 0;
}

export function laneOf(status: StatusView, id: string): LaneView {
  const lane = status.lanes.find((candidate) => candidate.id === id);
  if (lane === undefined) throw new Error(`the daemon knows no lane ${id}`);
  return lane;
}

export function faultOf(status: StatusView, code: string, subject?: string): FaultView | undefined {
  return status.faults.find((fault) => fault.code === code && (subject === undefined || fault.subject === subject));
}

/** One command of the command line, to its end. */
export async function gatehouse(
  stage: Stage,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const command = start(stage, node, [join(root, 'src', 'cli', 'main.ts'), ...args]);
  const { code } = await command.ended;
  return { code, out: command.out.join('\n'), err: command.err.join('\n') };
}
