/** The first rule that was broken: judges stand within the gateway's calls, whose own error handling must not swallow their word. */
import { Broken } from '../../../src/sim/yard/witness.ts';

export class Verdict {
  broken: Broken | null = null;

  /** Calls a judge; `otherwise` where he has found something broken. */
  over<T>(judge: () => T, otherwise: T): T {
    try {
      return judge();
    } catch (error) {
      this.note(error);
      return otherwise;
    }
  }

  note(error: unknown): void {
    const broken =
      error instanceof Broken ? error : new Broken('sim', 'the simulated world failed', { error: wordsOf(error) });
    this.broken ??= broken;
  }

  defect(message: string, facts: unknown): void {
    this.note(new Broken('step', message, facts));
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
