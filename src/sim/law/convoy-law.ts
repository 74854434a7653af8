/** A lane that a person holds for so many cars is held until the last of them is through, and no longer (I12). */
import type { JournalRecord } from '../../core/io.ts';
import type { Scene } from '../level-one/run.ts';
import { Broken, type Witness } from '../yard/witness.ts';

const OVER_MS = 1500;

interface Convoy {
  readonly lane: string;
  readonly key: string;
  left: number;
}

export class ConvoyLaw implements Witness {
  readonly #scene: Scene;
  /** By lane and key. */
  readonly #convoys = new Map<string, Convoy>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started(): void {
    this.#convoys.clear();
  }

  cut(): void {
    this.#convoys.clear();
  }

  recorded({ kind, lane, body }: JournalRecord): void {
    if (lane === null) return;
    const name = `${lane}/${String(body.key)}`;
    if (kind === 'claim') {
      this.#convoys.delete(name);
      if (typeof body.passages === 'number')
        this.#convoys.set(name, { lane, key: String(body.key), left: body.passages });
    } else if (kind === 'claimEnded') {
      const convoy = this.#convoys.get(name);
      if (body.via === 'count' && (convoy === undefined || convoy.left > 0))
        throw new Broken('I12', 'a convoy ended before its last car', { lane, left: convoy?.left ?? null });
      this.#convoys.delete(name);
    } else if (kind === 'passage' && (body.outcome === 'taken' || body.outcome === 'tailgated')) this.#passed(lane);
  }

  #passed(lane: string): void {
    for (const [name, convoy] of this.#convoys) {
      if (convoy.lane !== lane || --convoy.left > 0) continue;
      this.#scene.agenda.after(OVER_MS, () => {
        if (this.#convoys.get(name) === convoy)
          throw new Broken('I12', 'a lane is held for a convoy that is through', { lane, key: convoy.key });
      });
    }
  }
}
