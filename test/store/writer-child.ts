/**
 * A process that journals as the daemon does, for tests that kill it or break its disk: one line on stdout per event.
 * Arguments: directory, number of records (0 = until killed), milliseconds between records, boot.
 */
import { openJournal } from '../../src/store/journal.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';

const [dir = '', countText = '0', everyText = '0', boot = 'boot'] = process.argv.slice(2);
const count = Number(countText);
const every = Number(everyText);
const mono = () => Number(process.hrtime.bigint()) / 1e6;
const say = (line: string) => process.stdout.write(`${line}\n`);
const clock = {
  mono,
  wall: () => Date.now(),
  after: (_name: string, ms: number, action: () => void) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

const prepared = prepareStore({ dir, gateway: 'gw-child', atWall: Date.now() });
say(`prepared ${prepared.kind}`);
const journal = openJournal(
  { dir, gateway: 'gw-child', boot, clock, ballastBytes: Number(process.env.BALLAST ?? '0') },
  {
    acked: (ref, seq) => say(`acked ${ref} ${seq}`),
    refused: (ref, why) => say(`refused ${ref} ${why}`),
    mended: () => say('mended'),
    ballast: (state) => say(`ballast ${state}`),
    damaged: (why) => say(`damaged ${why}`),
  },
);

await journal.ready;
let ref = 0;
const padding = 'x'.repeat(Number(process.env.PADDING ?? '0'));
const append = () => {
  ref += 1;
  const at = { mono: mono(), wall: Date.now(), wallTrusted: true };
  journal.append([
    { ref, kind: 'position', lane: 'east-in', at, cause: ref > 1 ? ref - 1 : null, body: { ref, padding } },
  ]);
};

// A 10 Hz safety input on the main thread: what it sees of its own lateness while the disk is slow.
let worstMs = 0;
let due = mono() + 100;
let ticks = 0;
const tick = () => {
  worstMs = Math.max(worstMs, mono() - due);
  ticks += 1;
  due = mono() + 100;
  setTimeout(tick, 100);
};
setTimeout(tick, 100);

while (count === 0 || ref < count) {
  append();
  if (every > 0) await new Promise((resolve) => setTimeout(resolve, every));
  else while (journal.status().waiting > 0) await new Promise((resolve) => setImmediate(resolve));
}
const whole = await journal.flush(30_000);
say(`flushed ${whole} ticks ${ticks} worstMs ${Math.round(worstMs)}`);
await journal.close();
say('closed');
process.exit(0);
