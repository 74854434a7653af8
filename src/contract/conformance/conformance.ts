/** What every driver must bear, as checks that any test runner can run (design.md "Drivers"). Throws on a breach, returns on success. */
import type { Observation } from '../../core/presentation.ts';
import type { AnyDriver, DriverCommand, DriverOutcome } from '../driver.ts';
import type { ManualClock } from './manual-clock.ts';

/** The driver under test, run by the real host over its twin; made by the driver's own test. */
export interface Harness {
  readonly clock: ManualClock;
  /** All that the driver, and the host for it, has reported so far. */
  readonly seen: readonly Observation[];
  start(): Promise<void>;
  /** Everything the driver began must have ended when this resolves. */
  stop(): Promise<void>;
  /** What of the driver's is still alive outside the clock: sockets, listeners, polls. */
  leftovers(): readonly string[];
  /** The twin answers nothing, or answers again. */
  silence(on: boolean): void;
  /** The wire is cut at its end, or whole again. */
  unplug(on: boolean): void;
  /** Answers become bytes without sense, or good ones again. */
  garbage(on: boolean): void;
  /** Answers are cut off in the middle, or whole again. */
  truncation(on: boolean): void;
  /** Answers come too late to count, or in time again. */
  lateness(on: boolean): void;
  /** A change that a good read will show, on a byte line another card held for a moment. */
  change(): void;
  /** The newest content of the twin's state as the driver reported it. */
  newest(): string | null;
  /** Portal drivers. */
  command?(command: DriverCommand): Promise<DriverOutcome>;
  /** Every order that the twin obeyed. */
  obeyed?(): readonly string[];
  /** One entry for each declared fault: makes it, and mends it. */
  readonly faults: Readonly<Record<string, { make(): void; mend(): void }>>;
}

export interface Check {
  readonly name: string;
  run(): Promise<void>;
}

export interface ConformanceSubject {
  readonly driver: AnyDriver;
  /** The example's devices of this driver, profiles put in, as the schema takes them. */
  readonly examples: readonly unknown[];
  /** An order that the example's device takes. */
  readonly command?: DriverCommand['action'] | undefined;
  /** How long the driver may need to notice, and to come back. */
  readonly noticeMs: number;
  readonly returnMs: number;
  make(): Promise<Harness>;
}

const disturbances = ['garbage', 'truncation', 'silence', 'lateness', 'unplug'] as const;

class Breach extends Error {
  override readonly name = 'ConformanceBreach';
}

function demand(holds: boolean, words: string): void {
  if (!holds) throw new Breach(words);
}

export function conformance(subject: ConformanceSubject): readonly Check[] {
  const { driver, noticeMs, returnMs } = subject;
  const check = (name: string, body: (harness: Harness) => Promise<void>): Check => ({
    name,
    async run() {
      const harness = await subject.make();
      await harness.start();
      await harness.clock.pass(returnMs);
      try {
        await body(harness);
      } finally {
        await stopped(harness);
      }
    },
  });
  return [
    { name: 'its example validates', run: async () => validate(subject) },
    { name: 'its faults are declared in both languages', run: async () => declared(driver) },
    {
      name: 'start and stop leak nothing, ten times over',
      async run() {
        const harness = await subject.make();
        for (let round = 0; round < 10; round += 1) {
          await harness.start();
          await harness.clock.pass(returnMs);
          await stopped(harness);
          const timers = harness.clock.timers().map(({ name }) => name);
          demand(timers.length === 0, `timers left armed: ${timers.join(', ')}`);
          demand(harness.leftovers().length === 0, `left over: ${harness.leftovers().join(', ')}`);
        }
      },
    },
    check('it reports what its twin shows', async (harness) => {
      // What is only listened to has nothing to report before somebody comes.
      if (driver.line === 'bytes') harness.change();
      if (driver.line === 'bytes') await harness.clock.pass(noticeMs);
      const before = harness.newest();
      demand(before !== null, 'nothing was reported');
      harness.change();
      await harness.clock.pass(noticeMs);
      demand(harness.newest() !== before, 'a change was not reported');
    }),
    ...(driver.line === 'bytes' ? disturbances : []).map((kind) =>
      check(`under ${kind} nothing is read, only a lost connection is told, and the next card is read`, (harness) =>
        overheard(harness, kind, subject),
      ),
    ),
    ...(driver.line === 'bytes' ? [] : disturbances).map((kind) =>
      check(`under ${kind} nothing fresh is reported, the device goes silent, and it returns by itself`, (harness) =>
        disturbed(harness, kind, subject),
      ),
    ),
    ...(subject.command === undefined
      ? []
      : [check('a command given twice is obeyed once', (harness) => twice(harness, subject))]),
    ...Object.keys(driver.faults).map((fault) =>
      check(`the fault ${fault} is raised, and cleared when mended`, (harness) =>
        raisedAndCleared(harness, fault, subject),
      ),
    ),
  ];
}

function validate(subject: ConformanceSubject): void {
  demand(subject.examples.length > 0, 'the example has no device of this driver');
  for (const example of subject.examples) {
    const parsed = subject.driver.config.safeParse(example);
    demand(parsed.success, `the example does not validate: ${parsed.error?.message ?? ''}`);
  }
}

function declared(driver: AnyDriver): void {
  for (const [fault, text] of Object.entries(driver.faults)) {
    demand(text.zh.trim() !== '' && text.en.trim() !== '', `fault ${fault} lacks words`);
  }
  demand(driver.specs.length > 0, 'no specification is named');
}

/** A driver may need time to stop: the clock goes on meanwhile, within a bound. */
async function stopped(harness: Harness): Promise<void> {
  let done = false;
  const stopping = harness.stop().then(() => {
    done = true;
  });
  for (let waited = 0; !done && waited < 200; waited += 1) await harness.clock.pass(100);
  demand(done, 'stop() did not end within 20 s');
  await stopping;
}

async function disturbed(
  harness: Harness,
  kind: (typeof disturbances)[number],
  { noticeMs, returnMs }: ConformanceSubject,
): Promise<void> {
  const before = harness.newest();
  harness[kind](true);
  harness.change();
  await harness.clock.pass(noticeMs);
  demand(harness.newest() === before, 'something was reported as fresh');
  demand(lastLife(harness.seen) === 'deviceSilent', 'the device was not reported silent');
  harness[kind](false);
  await harness.clock.pass(returnMs);
  demand(lastLife(harness.seen) === 'deviceReturned', 'the device did not come back');
  demand(harness.newest() !== before, 'the present state was not reported on return');
  demand((harness.obeyed?.() ?? []).length === 0, 'something was ordered because a device came back');
}

/** A device that speaks when it has something to say: its silence is no fault, its connection's loss is (design.md "Drivers"). */
async function overheard(
  harness: Harness,
  kind: (typeof disturbances)[number],
  { noticeMs, returnMs }: ConformanceSubject,
): Promise<void> {
  const before = harness.newest();
  harness[kind](true);
  harness.change();
  await harness.clock.pass(noticeMs);
  demand(harness.newest() === before, 'something was reported as read');
  const expected = kind === 'unplug' ? 'deviceSilent' : null;
  demand(lastLife(harness.seen) === expected, `told ${lastLife(harness.seen)} of the device`);
  harness[kind](false);
  await harness.clock.pass(returnMs);
  demand(harness.newest() === before, 'something was reported because a device came back');
  demand(lastLife(harness.seen) === (kind === 'unplug' ? 'deviceReturned' : null), 'the device did not come back');
  harness.change();
  await harness.clock.pass(noticeMs);
  demand(harness.newest() !== before, 'the next card was not read');
}

function lastLife(seen: readonly Observation[]): string | null {
  return seen.findLast(({ kind }) => kind === 'deviceSilent' || kind === 'deviceReturned')?.kind ?? null;
}

async function twice(harness: Harness, subject: ConformanceSubject): Promise<void> {
  const { command, clock } = harness;
  if (command === undefined || subject.command === undefined) throw new Breach('the harness gives no commands');
  const order: DriverCommand = {
    id: 'boot.1',
    action: subject.command,
    priority: 'command',
    deadline: clock.mono() + 2000,
    onlyIfClear: [],
  };
  const outcomes = [command(order), command(order)];
  await clock.pass(3000);
  outcomes.push(command(order));
  await clock.pass(3000);
  for (const outcome of await Promise.all(outcomes))
    demand(outcome.result === 'confirmed', `outcome ${outcome.result}`);
  const obeyed = harness.obeyed?.() ?? [];
  demand(obeyed.length === 1, `obeyed ${obeyed.length} times: ${obeyed.join(', ')}`);
}

async function raisedAndCleared(
  harness: Harness,
  fault: string,
  { returnMs, noticeMs }: ConformanceSubject,
): Promise<void> {
  const way = harness.faults[fault];
  if (way === undefined) throw new Breach(`the harness cannot make ${fault}`);
  const last = (): boolean | null => {
    const found = harness.seen.findLast((each) => each.kind === 'deviceFault' && each.fault === fault);
    return found?.kind === 'deviceFault' ? found.raised : null;
  };
  demand(last() !== true, 'raised before it was made');
  way.make();
  await harness.clock.pass(noticeMs + returnMs);
  demand(last() === true, 'not raised');
  way.mend();
  await harness.clock.pass(noticeMs + returnMs);
  demand(last() === false, 'not cleared');
}
