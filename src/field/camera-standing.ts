/** What a camera host has raised and not cleared; when it dies, its successor knows nothing of it and would never clear it. */
import type { DeviceFault, Observation } from '../core/presentation.ts';
import type { FromHost, ProblemCode } from './camera-messages.ts';

type Problem = FromHost & { readonly kind: 'problem' };

export class CameraStanding {
  readonly #faults = new Map<string, DeviceFault>();
  readonly #problems = new Map<string, Problem>();

  noteObservation(observation: Observation): void {
    if (observation.kind !== 'deviceFault') return;
    keep(this.#faults, `${observation.device} ${observation.fault}`, observation);
  }

  noteProblem(problem: Problem): void {
    keep(this.#problems, `${problem.code} ${problem.subject}`, problem);
  }

  /** Everything that stood, as cleared; afterwards nothing stands. */
  takeCleared(): { readonly faults: readonly DeviceFault[]; readonly problems: readonly [ProblemCode, string][] } {
    const faults = [...this.#faults.values()].map((each) => ({ ...each, raised: false, detail: '' }));
    const problems = [...this.#problems.values()].map((each): [ProblemCode, string] => [each.code, each.subject]);
    this.#faults.clear();
    this.#problems.clear();
    return { faults, problems };
  }
}

function keep<T extends { readonly raised: boolean }>(standing: Map<string, T>, key: string, each: T): void {
  if (each.raised) standing.set(key, each);
  else standing.delete(key);
}
