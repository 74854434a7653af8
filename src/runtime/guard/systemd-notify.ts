/** Speaks sd_notify(3) by the program `systemd-notify`, since Node has no unix datagrams (reliability.md §5). */
import { execFile } from 'node:child_process';

/** What is to be told; a newer status replaces an older one that was not told yet. */
export interface NotifyState {
  readonly ready?: boolean;
  readonly stopping?: boolean;
  readonly watchdog?: boolean;
  readonly status?: string;
}

export interface Notifier {
  tell(state: NotifyState): void;
}

const CALL_MS_MAX = 6_000;
const STATUS_CHARS_MAX = 200;

/** The line breaks of a status would begin a field of their own. */
export function fieldsOf(state: NotifyState): string[] {
  const fields: string[] = [];
  if (state.ready === true) fields.push('READY=1');
  if (state.stopping === true) fields.push('STOPPING=1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach the journal
  const status = state.status?.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, STATUS_CHARS_MAX);
  if (status !== undefined) fields.push(`STATUS=${status}`);
  if (state.watchdog === true) fields.push('WATCHDOG=1');
  return fields;
}

/** How often to feed systemd's watchdog, or null when it does not ask this process to. */
export function watchdogEveryMs(env: Readonly<Record<string, string | undefined>>, pid: number): number | null {
  const usec = Number(env.WATCHDOG_USEC);
  if (!Number.isFinite(usec) || usec <= 0) return null;
  if (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== '' && env.WATCHDOG_PID !== String(pid)) return null;
  return Math.max(100, usec / 3000);
}

/**
 * One call at a time; what comes meanwhile is merged into the next, so a manager that does not answer costs nothing.
 * `report` gets one line when calls begin to fail. Belongs on the guard thread: a spawn can hold a loop for 15 ms.
 */
export function systemdNotifier(report: (line: string) => void, program = 'systemd-notify'): Notifier {
  let waiting: NotifyState = {};
  let calling = false;
  let failing = false;
  const call = (): void => {
    const fields = fieldsOf(waiting);
    waiting = {};
    if (fields.length === 0) return;
    calling = true;
    execFile(program, fields, { timeout: CALL_MS_MAX, killSignal: 'SIGKILL' }, (error) => {
      calling = false;
      if (error !== null && !failing) report(`systemd-notify failed: ${error.message.split('\n')[0] ?? ''}`);
      failing = error !== null;
      call();
    });
  };
  return {
    tell(state) {
      waiting = { ...waiting, ...state };
      if (!calling) call();
    },
  };
}
