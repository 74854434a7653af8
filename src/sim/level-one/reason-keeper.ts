/** Openings for which a reason is owed, beside the journal, as runtime keeps them over a restart. */
import type { RecalledReason, Request } from '../../core/io.ts';
import type { OwedReason } from '../../core/site-state.ts';
import type { Disk } from './disk.ts';

const KEY = 'owedReasons';

export class ReasonKeeper {
  readonly #disk: Disk;
  #kept: readonly OwedReason[] | null = null;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** A process begins and knows of none: what was kept stands until it is recalled. */
  begin(owed: readonly OwedReason[]): void {
    this.#kept = owed;
  }

  /** After each step. */
  look(owed: readonly OwedReason[]): void {
    if (owed === this.#kept) return;
    this.#kept = owed;
    this.#disk.keep(KEY, JSON.stringify(owed.map(({ sinceMono: _, ...kept }) => kept)));
  }

  recalled(): Request | null {
    const owed = JSON.parse(this.#disk.values.get(KEY) ?? '[]') as readonly RecalledReason[];
    return owed.length === 0 ? null : { kind: 'recallReasons', owed };
  }
}
