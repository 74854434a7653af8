/** When the way to the platform is a fault that a person sees; the words stand in core/words. */
import type { JsonObject } from '../core/values.ts';
import { isDateCause } from '../upstream/causes.ts';
import type { UplinkStatus } from '../upstream/uplink.ts';

export type UpstreamFault =
  | 'upstreamDown'
  | 'upstreamRefused'
  | 'upstreamBehind'
  | 'upstreamGap'
  | 'upstreamSkipped'
  | 'upstreamTooLarge'
  | 'upstreamTopic';

export interface UpstreamSight {
  readonly status: UplinkStatus;
  readonly nowMono: number;
  /** Since when it has not been connected; null while it is. */
  readonly downSince: number | null;
  readonly waiting: number;
  readonly oldestAgeMs: number | null;
  readonly wallTrusted: boolean;
  /** The thread that speaks with the platform died or hangs. */
  readonly threadLost: boolean;
}

/** A broker that restarts is back by then. */
const DOWN_AFTER_MS = 10_000;
/** After a return the backlog has this long to begin to shrink. */
const BEHIND_AFTER_MS = 60_000;
const BEHIND_AGE_MS = 300_000;
const CAUGHT_UP_AGE_MS = 60_000;

type Tell = (code: UpstreamFault, raised: boolean, detail: JsonObject) => void;

export class UpstreamFaults {
  readonly #tell: Tell;
  /** Code → what was told of it, so that a record is made of a change only. */
  readonly #standing = new Map<UpstreamFault, string>();
  #missing = 0;
  #skipped = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  look(sight: UpstreamSight): void {
    const { status, nowMono, downSince, waiting, oldestAgeMs } = sight;
    const connected = status.state === 'connected';
    const why = status.cause === null ? null : { zh: status.cause.text.zh, en: status.cause.text.en };
    if (connected) this.#clear('upstreamDown');
    else if (sight.threadLost) this.#raise('upstreamDown', 'thread', { waiting, why });
    else if (downSince !== null && nowMono - downSince >= DOWN_AFTER_MS)
      this.#raise('upstreamDown', '', { waiting, why });
    if (connected) this.#clear('upstreamRefused');
    else if (status.cause?.class === 'refused') {
      const { code } = status.cause;
      const clock = isDateCause(status.cause) && !sight.wallTrusted ? { clockTrusted: false } : {};
      this.#raise('upstreamRefused', code, { reason: code, why, ...clock });
    }
    this.#lookAtLimits(status);
    const age = oldestAgeMs ?? 0;
    if (age < CAUGHT_UP_AGE_MS) this.#clear('upstreamBehind');
    else if (connected && nowMono - status.since >= BEHIND_AFTER_MS && age >= BEHIND_AGE_MS)
      this.#raise('upstreamBehind', '', { waiting, oldestAgeMs: Math.round(age) });
  }

  /** Stands as long as this process: nothing brings those records back. Of several the last is named, and all are counted. */
  gap(gap: { readonly fromSeq: number; readonly toSeq: number; readonly epoch?: string }): void {
    this.#missing += gap.toSeq - gap.fromSeq + 1;
    this.#raise('upstreamGap', JSON.stringify(gap), { ...gap, missing: this.#missing });
  }

  /** Stands as long as this process, as a gap does. */
  skipped(record: { readonly epoch: string; readonly seq: number; readonly why: JsonObject }): void {
    this.#skipped += 1;
    const { epoch, seq } = record;
    this.#raise('upstreamSkipped', `${epoch}/${seq}`, { ...record, count: this.#skipped });
  }

  /** Only of a connection is it known what stands between the two; in an outage what was known stays. */
  #lookAtLimits({ state, leftOut, tooLarge }: UplinkStatus): void {
    if (tooLarge !== null) {
      const { seq, bytes, limit } = tooLarge;
      this.#raise('upstreamTooLarge', `${limit}`, { seq, bytes, ...(limit === null ? {} : { limit }) });
    } else if (state === 'connected') this.#clear('upstreamTooLarge');
    const [first] = leftOut;
    if (first !== undefined) {
      const { topic, cause } = first;
      const why = { zh: cause.text.zh, en: cause.text.en };
      const mark = leftOut.map((one) => `${one.topic} ${one.cause.code}`).join();
      this.#raise('upstreamTopic', mark, { topic, count: leftOut.length, reason: cause.code, why });
    } else if (state === 'connected') this.#clear('upstreamTopic');
  }

  /** Upstream is not configured any more. */
  clearAll(): void {
    for (const code of [...this.#standing.keys()]) this.#clear(code);
  }

  #raise(code: UpstreamFault, mark: string, detail: JsonObject): void {
    if (this.#standing.get(code) === mark) return;
    // A fault that stands keeps its detail: another reason is another fault.
    this.#clear(code);
    this.#standing.set(code, mark);
    this.#tell(code, true, detail);
  }

  #clear(code: UpstreamFault): void {
    if (this.#standing.delete(code)) this.#tell(code, false, {});
  }
}
