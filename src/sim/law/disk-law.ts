/** What was acknowledged is on the disk, whatever it refused and whenever the power went (I1, I6). */
import { Broken, type Witness } from '../yard/witness.ts';

export interface OnDisk {
  readonly boot: string;
  /** Null for the journal's own records. */
  readonly ref: number | null;
}

export class DiskLaw implements Witness {
  /** Newest number that each boot was told to be durable. */
  readonly #acknowledged = new Map<string, number>();
  #boot = '';

  started(boot: string): void {
    this.#boot = boot;
  }

  durable(ref: number): void {
    this.#acknowledged.set(this.#boot, Math.max(ref, this.#acknowledged.get(this.#boot) ?? 0));
  }

  /** At the end. */
  judge(journal: readonly OnDisk[]): void {
    const found = new Set(journal.map(({ boot, ref }) => `${boot}/${ref}`));
    for (const [boot, newest] of this.#acknowledged)
      for (let ref = 1; ref <= newest; ref++)
        if (!found.has(`${boot}/${ref}`))
          throw new Broken('I6', 'a record was acknowledged and is not on the disk', { boot, ref, newest });
  }
}
