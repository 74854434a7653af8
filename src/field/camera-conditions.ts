/** Conditions that are known only by their occurrences: raised at the first, cleared after a time without another. */
import type { Clock } from '../contract/clock.ts';
import type { ProblemCode } from './camera-messages.ts';

/** Codes: see `ProblemCode` beside the messages of the camera host. */
export type ReportProblem = (code: ProblemCode, subject: string, raised: boolean, detail: string) => void;

interface Standing {
  readonly code: ProblemCode;
  readonly subject: string;
  cancel(): void;
}

const maxStanding = 256;

export class CameraConditions {
  readonly #clock: Clock;
  readonly #report: ReportProblem;
  readonly #standing = new Map<string, Standing>();

  constructor(clock: Clock, report: ReportProblem) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Reports once, however often it happens; `quietMs` after the last time it is cleared. A flood is bounded by subjects. */
  happened(code: ProblemCode, subject: string, detail: string, quietMs: number): void {
    const key = `${code} ${subject}`;
    const standing = this.#standing.get(key);
    if (standing === undefined) {
      if (this.#standing.size >= maxStanding) return;
      this.#report(code, subject, true, detail);
    } else standing.cancel();
    const clear = (): void => {
      this.#standing.delete(key);
      this.#report(code, subject, false, '');
    };
    const cancel = this.#clock.after(`camera.${key}`, quietMs, clear);
    this.#standing.set(key, { code, subject, cancel });
  }

  /** Nobody would clear them later. */
  close(): void {
    for (const [key, each] of this.#standing) {
      each.cancel();
      this.#report(each.code, each.subject, false, '');
      this.#standing.delete(key);
    }
  }
}
