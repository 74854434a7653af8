/**
 * Standard output of a command that runs until it is told to end. Node writes to a terminal and to a pipe synchronously: one that
 * nobody reads would hold the whole process, its signals and keys with it.
 */
import { spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface LiveOutput {
  /** Takes all of it or, while an earlier text is still on its way, nothing: what would lag behind is not sent at all. */
  offer(text: string): boolean;
  /** What has been taken and this go out as far as the reader takes them within `withinMs`; the rest is given up. */
  end(text: string, withinMs: number): Promise<void>;
}

const TRY_AGAIN_MS = 20;

/** `gone`: nobody will ever read it again. `open`: as `openOwn`. */
export function liveOutput(gone: () => void, open: () => number | null = openOwn): LiveOutput {
  if (process.stdout.isTTY !== true && !fstatSync(1).isFIFO()) return shared();
  const fd = open();
  return fd === null ? behindChild(gone) : own(fd, gone);
}

/** An open file of our own: what is set on the shared one would be set for the shell and for everybody else who writes to it. */
function openOwn(): number | null {
  try {
    return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
}

function own(fd: number, gone: () => void): LiveOutput {
  let left: Buffer = Buffer.alloc(0);
  let timer: NodeJS.Timeout | null = null;
  let isGone = false;
  const write = (): void => {
    timer = null;
    try {
      while (left.length > 0) left = left.subarray(writeSync(fd, left));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') {
        timer = setTimeout(write, TRY_AGAIN_MS);
        return;
      }
      isGone = true;
      left = Buffer.alloc(0);
      gone();
    }
  };
  return {
    offer(text) {
      if (left.length > 0 || isGone) return false;
      left = Buffer.from(text);
      write();
      return true;
    },
    async end(text, withinMs) {
      left = isGone ? left : Buffer.concat([left, Buffer.from(text)]);
      if (timer === null) write();
      for (const until = performance.now() + withinMs; left.length > 0 && performance.now() < until; )
        await pause(TRY_AGAIN_MS);
      if (timer !== null) clearTimeout(timer);
      closeSync(fd);
    },
  };
}

/**
 * Another user's terminal, under `sudo -u`, can be written to and not be opened: a process of its own waits for it in our place. Some
 * screens may then wait in the pipe between; where the terminal answers, none does.
 */
function behindChild(gone: () => void): LiveOutput {
  const child = spawn('cat', [], { stdio: ['pipe', 'inherit', 'ignore'], detached: true });
  const { stdin } = child;
  let isGone = false;
  const over = (): void => {
    if (!isGone) gone();
    isGone = true;
  };
  child.on('error', over).on('exit', over);
  stdin.on('error', over);
  return {
    offer(text) {
      if (isGone || stdin.writableLength > 0) return false;
      stdin.write(text);
      return true;
    },
    async end(text, withinMs) {
      if (isGone) return;
      const taken = new Promise<void>((resolve) => child.on('exit', () => resolve()));
      stdin.end(text);
      await Promise.race([taken, pause(withinMs, undefined, { ref: false })]);
      child.kill('SIGKILL');
      stdin.destroy();
    },
  };
}

function shared(): LiveOutput {
  const { stdout } = process;
  return {
    offer(text) {
      if (stdout.writableLength > 0) return false;
      stdout.write(text);
      return true;
    },
    end: async (text) => void stdout.write(text),
  };
}
