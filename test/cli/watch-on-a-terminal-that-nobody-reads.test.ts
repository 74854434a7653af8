/** `gatehouse watch` on a real pty that is full, or read by the drop: it ends when told to, and what is read in the end is whole. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlPath } from '../../src/runtime/control-protocol.ts';
import { node, root, until } from '../house/running.ts';
import { Terminal } from './terminal.ts';

const [columns, rows] = [100, 40];
const lanes = 30;

let folder: string;
let server: Server;
/** Looks that were answered so far. */
let looks = 0;
let asked = 0;
/** Does the gateway answer at all? */
let answers = true;
const begun: { kill(): void }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-unread-'));
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    createInterface({ input: socket }).on('line', (line) => {
      if (!line.includes('"status"')) return;
      asked += 1;
      if (!answers) return;
      looks += 1;
      socket.write(`${JSON.stringify({ ok: true, result: status(looks) })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(controlPath(join(folder, 'state')), resolve));
});

beforeEach(() => {
  answers = true;
});

afterAll(() => {
  for (const one of begun) one.kill();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every lane shows which look it is of, so that a screen of two looks is seen to be one. */
function status(look: number): object {
  const lane = (at: number) => ({
    ...{ id: `lane-${at}`, name: `lane-${at}`, directions: ['in'], commissioned: true, mode: 'normal' },
    ...{ portal: 'barrier', position: 'closed', basis: 'measured', sinceMs: 1000, grants: look, claims: [] },
    ...{ bypass: null, inputs: {}, inputAgeMs: 50, waitingReferrals: [], faults: [] },
  });
  return {
    ...{ site: 'unread', boot: 'b', pid: 1, uptimeMs: 7_200_000, configHash: 'c'.repeat(64), wallTrusted: true },
    ...{ routes: [], emergencies: [], drill: null, todos: [], lanesNotAsWritten: [], devices: [], receiver: null },
    ...{ faults: [], timers: [], lines: [], upstream: null, list: null },
    ...{ lanes: Array.from({ length: lanes }, (_, at) => lane(at)) },
    journal: { lastSeq: 1, waiting: 0, broken: null },
  };
}

function watch(term = 'xterm') {
  const words = ['src/cli/main.ts', 'watch', '--every', '200ms', '--lang', 'en'];
  return onTerminal([...words, '--config', join(folder, 'config'), '--state', join(folder, 'state')], term);
}

/** A program of Node on a terminal that is full. */
function onTerminal(words: readonly string[], term = 'xterm') {
  const terminal = join(import.meta.dirname, 'unread_terminal.py');
  const child = spawn('/usr/bin/python3', [terminal, String(columns), String(rows), node, ...words], {
    cwd: root,
    env: { ...process.env, TERM: term, LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  begun.push({ kill: () => child.kill('SIGKILL') });
  const decoder = new TextDecoder();
  let read = '';
  let told = '';
  child.stdout.on('data', (bytes: Buffer) => {
    read += decoder.decode(bytes, { stream: true });
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  return {
    order: (text: string) => void child.stdin.write(`${text}\n`),
    /** What the command wrote, behind what the terminal was filled with. */
    written: () => read.slice(read.search(/[^x]/) < 0 ? read.length : read.search(/[^x]/)),
    /** Looks asked for on this terminal have begun. */
    looking: async () => {
      const from = looks;
      await until('three looks', () => looks >= from + 3);
    },
    /** Exit code, and ms until it was there. */
    async ended(since: number) {
      await until('the end', () => told.includes('ended'));
      return { code: Number(/ended (-?\d+)/.exec(told)?.[1]), ms: performance.now() - since };
    },
  };
}

describe('a terminal that nobody reads', () => {
  it.each([
    ['SIGTERM', 'term', 'xterm'],
    ['q', 'type 71', 'xterm'],
    ['its hang-up', 'hangup', 'xterm'],
    ['SIGTERM, where it is dumb', 'term', 'dumb'],
  ])('%s ends it within 2 s, with 0', async (_, order, term) => {
    const one = watch(term);
    await one.looking();
    const since = performance.now();
    one.order(order);
    const { code, ms } = await one.ended(since);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(2000);
    expect(one.written()).toBe('');
  });

  it('q ends it within 2 s also while the gateway is silent', async () => {
    const one = watch();
    await one.looking();
    answers = false;
    const before = asked;
    await until('a look that nobody answers', () => asked > before);
    const since = performance.now();
    one.order('type 71');
    const { code, ms } = await one.ended(since);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(2000);
  });
});

describe('a terminal of another user, which cannot be opened anew', () => {
  const writer = `
    import { writeFileSync } from 'node:fs';
    import { liveOutput } from './src/cli/live-output.ts';
    const output = liveOutput(() => undefined, () => null);
    let taken = 0;
    const timer = setInterval(() => { 
      if (output.offer('y'.repeat(70_000))) taken += 1;
      else writeFileSync(process.argv[1], '');
    }, 20);
    process.on('SIGTERM', async () => {
      clearInterval(timer);
      await output.end(\`taken \${taken} bye\`, 500);
    });`;
  const words = (name: string) => ['--input-type=module', '--eval', writer, join(folder, name)];

  it('holds nobody either: the command ends within 2 s', async () => {
    const one = onTerminal(words('held'));
    await until('nothing more is taken', () => existsSync(join(folder, 'held')));
    const since = performance.now();
    one.order('term');
    const { code, ms } = await one.ended(since);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(2000);
  });

  it('gets what it reads whole, the last words too', async () => {
    const one = onTerminal(words('flows'));
    one.order('flow');
    await until('some of it', () => one.written().length > 200_000);
    one.order('term');
    expect((await one.ended(performance.now())).code).toBe(0);
    const [, taken] = /taken (\d+) bye$/.exec(one.written()) ?? [];
    expect(one.written().replaceAll(/[^y]/g, '').length).toBe(Number(taken) * 70_000 + 1);
  });
});

describe('a terminal that is read again', () => {
  it('shows one whole screen, wherever it was cut meanwhile', async () => {
    const one = watch();
    await one.looking();
    await until('the first of it', () => {
      if (one.written() === '') one.order('read 1024');
      return one.written() !== '';
    });
    // A drop at a time: screens go out in pieces, cut anywhere.
    for (let drop = 0; drop < 5; drop += 1) {
      await one.looking();
      one.order('read 211');
    }
    const unread = looks;
    one.order('flow');
    const whole = () => {
      const terminal = new Terminal(columns, rows);
      terminal.write(one.written());
      const shown = terminal.screen.filter((line) => line.startsWith('lane-')).map((line) => lookIn(line));
      return { terminal, isOne: shown.length === lanes && new Set(shown).size === 1, look: shown[0] ?? 0 };
    };
    const { terminal } = await until('one whole screen of now', () => {
      const seen = whole();
      return seen.isOne && seen.look > unread + 2 ? seen : null;
    });
    expect(terminal.unknown).toEqual([]);
    expect(terminal.scrolled).toBe(0);
    one.order('type 71');
    expect((await one.ended(performance.now())).code).toBe(0);
    expect(whole().terminal.cursorShown).toBe(true);
  });

  it('that says when it has shown a screen gets the next one only then, and that is the newest', async () => {
    const one = watch();
    one.order('flow');
    await until('a question', () => one.written().includes(question));
    one.order(answer);
    const before = shownIn(one.written());
    await until('a further screen', () => shownIn(one.written()).size > before.size);
    await one.looking();
    await one.looking();
    const waiting = shownIn(one.written());
    expect(waiting.size).toBe(before.size + 1);
    const unshown = looks;
    one.order(answer);
    await until('the newest', () => shownIn(one.written()).size > waiting.size);
    expect(Math.max(...shownIn(one.written()))).toBeGreaterThan(unshown);
    one.order('type 71');
    expect((await one.ended(performance.now())).code).toBe(0);
  });
});

const question = '\u001b[5n';
const answer = `type ${Buffer.from('\u001b[0n').toString('hex')}`;

function lookIn(line: string | undefined): number | null {
  const found = /(\d+) to pass/.exec(line ?? '');
  return found === null ? null : Number(found[1]);
}

/** Looks whose number the first lane has shown at some time. */
function shownIn(written: string): ReadonlySet<number> {
  const terminal = new Terminal(columns, rows);
  const shown = new Set<number>();
  for (const [at, piece] of written.split('\u001b').entries()) {
    terminal.write(at === 0 ? piece : `\u001b${piece}`);
    const look = lookIn(terminal.screen.find((line) => line.startsWith('lane-0 ')));
    if (look !== null) shown.add(look);
  }
  return shown;
}
