/** `simulate … --actuate`: the daemon takes a live read; what it leads to is followed in the journal and shown. */
import { ask, followRecords } from '../runtime/control-client.ts';
import type { ControlRequest } from '../runtime/control-protocol.ts';
import type { JournalRecord } from '../core/io.ts';
import { openJournalReader } from '../store/journal-read.ts';
import { exitCodes } from './exit-codes.ts';
import { explainText } from './explain-text.ts';
import { said } from './failure.ts';
import { impersonalStory } from './impersonal.ts';
import { print, printJson, remark, type Settings } from './settings.ts';
import { stagesOf } from './stages.ts';
import { storyOf } from './story.ts';

type SimulateRequest = Extract<ControlRequest, { method: 'simulate' }>;

/** Arming window, travel and a margin: longer is not worth a technician's waiting. */
const FOLLOW_MS = 15_000;
const DURABLE_MS = 3000;
const LOOK_MS = 50;

/** Exit code: fine where the read was granted and its command confirmed, error otherwise. */
export async function actuate(settings: Settings, request: SimulateRequest, personal: boolean): Promise<number> {
  const { stateDir, say } = settings;
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), FOLLOW_MS);
  const watch = new ReadWatch(() => stop.abort());
  try {
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const following = followRecords(stateDir, (record) => watch.take(record), stop.signal, resolve);
    following.catch(() => undefined);
    // A daemon that is not there rejects the following, and then nobody would ever be ready.
    await Promise.race([ready, following]);
    const taken = (await ask(stateDir, request)) as { boot: string; fromRef: number; receipt: string };
    watch.begin(taken.fromRef);
    await following;
    if (taken.receipt === 'refused')
      throw said(exitCodes.error, '网关正忙，没有接受这次识别', 'the gateway is too busy and did not take the read');
    return await show(settings, taken.boot, watch, personal);
  } finally {
    clearTimeout(limit);
    stop.abort();
    if (watch.ended === 'open' && !settings.json)
      remark(
        say(
          '· 时间到，之后的情况见 gatehouse journal tail',
          '· time is up; what follows is in "gatehouse journal tail"',
        ),
      );
  }
}

/** Gathers what our read leads to, and knows when the story has come to its end. */
class ReadWatch {
  readonly #finished: () => void;
  #waiting: JournalRecord[] = [];
  #family: Set<number> | null = null;
  readRef: number | null = null;
  decisionRef: number | null = null;
  lastRef = 0;
  ended: 'open' | 'done' = 'open';

  constructor(finished: () => void) {
    this.#finished = finished;
  }

  begin(fromRef: number): void {
    this.#family = new Set();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.readRef = fromRef;
    this.#family.add(fromRef);
    for (const record of waiting) this.take(record);
  }

  take(record: JournalRecord): void {
    const family = this.#family;
    if (family === null) {
      this.#waiting.push(record);
      return;
    }
    if (record.ref === this.readRef) {
      // A later read of a car that stands there already names the car's first read as its cause.
      if (record.cause !== null) family.add(record.cause);
      if (typeof record.body.recordedOnly === 'string') return this.#end(record.ref);
    }
    if (record.ref < (this.readRef ?? 0) || record.cause === null || !family.has(record.cause)) return;
    family.add(record.ref);
    if (record.kind === 'decision') {
      this.decisionRef = record.ref;
      if (record.decision?.outcome !== 'granted') return this.#end(record.ref);
    }
    const failed = record.kind === 'outcome' && record.body.result !== 'confirmed';
    const arrived = record.kind === 'position' && record.body.to === 'open';
    if (failed || arrived || record.kind === 'unmatched' || record.kind === 'alreadyOpen') this.#end(record.ref);
  }

  #end(ref: number): void {
    if (this.ended === 'done') return;
    this.lastRef = ref;
    this.ended = 'done';
    this.#finished();
  }
}

async function show(settings: Settings, boot: string, watch: ReadWatch, personal: boolean): Promise<number> {
  const { say } = settings;
  const reader = openJournalReader(settings.stateDir);
  try {
    const until = performance.now() + DURABLE_MS;
    while (reader.byRef(boot, Math.max(watch.lastRef, watch.readRef ?? 0)) === null && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const event = reader.byRef(boot, watch.decisionRef ?? watch.readRef ?? 0);
    if (event === null)
      throw said(
        exitCodes.error,
        '识别已接受，但流水尚未写入磁盘',
        'the read was taken, but the journal has not been written to disk yet',
      );
    const story = storyOf(reader, event);
    const stages = stagesOf(story);
    if (settings.json) printJson({ actuated: true, ...(personal ? story : impersonalStory(story)), stages });
    else print(`${say('已作为真实识别处理：', 'taken as a live read:')}\n${explainText(story, stages, settings)}`);
    const confirmed = story.commands.some(({ outcome }) => outcome?.body.result === 'confirmed');
    const open = story.consequences.some((record) => record.kind === 'alreadyOpen');
    return story.decision?.body.outcome === 'granted' && (confirmed || open) ? exitCodes.fine : exitCodes.error;
  } finally {
    reader.close();
  }
}
