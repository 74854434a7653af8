/** The list as the gateway's database would give it: rows, less the uses that durable records have spent. */
import type { Facts, ListRow, LookupKeys } from '../../core/decide/facts.ts';
import type { JournalRecord } from '../../core/io.ts';

export class Registry {
  #rows: readonly ListRow[];
  #version = 1;
  isAvailable = true;
  readonly #spent = new Map<string, number>();
  #byKey = new Map<string, readonly ListRow[]>();
  #former: readonly ListRow[] = [];
  #formerUntil = 0;

  constructor(rows: readonly ListRow[]) {
    this.#rows = rows;
    this.#index();
  }

  get rows(): readonly ListRow[] {
    return this.#rows;
  }

  row(id: string): ListRow | undefined {
    return this.#rows.find((row) => row.id === id);
  }

  /** What may have been asked at `now`: the row in force, and the one before while the gateway need not have seen the change. */
  rowsAt(id: string, now: number): readonly ListRow[] {
    const former = now <= this.#formerUntil ? this.#former : [];
    return [...this.#rows, ...former].filter((row) => row.id === id);
  }

  byKey(key: string): readonly ListRow[] {
    return this.#byKey.get(key) ?? [];
  }

  /** @param seenBy when the gateway has taken up the change at the latest; at once unless given. */
  change(rows: readonly ListRow[], seenBy = 0): void {
    this.#former = this.#rows;
    this.#formerUntil = seenBy;
    this.#rows = rows;
    this.#version++;
    this.#index();
  }

  /** A record has become durable. */
  took({ kind, body }: JournalRecord): void {
    const { rowId } = body;
    if (typeof rowId !== 'string') return;
    const by = kind === 'decision' && body.spends === true ? 1 : kind === 'passage' && body.returned === true ? -1 : 0;
    if (by !== 0) this.#spent.set(rowId, (this.#spent.get(rowId) ?? 0) + by);
  }

  lookup(keys: LookupKeys, isOpen: boolean): Facts {
    const isAvailable = isOpen && this.isAvailable;
    const rowsOf = (key: string): readonly ListRow[] => this.byKey(key).map((row) => this.#asOfNow(row));
    return {
      listVersion: `v${this.#version}`,
      listAgeMs: 60_000,
      rows: isAvailable ? keys.exact.flatMap(rowsOf) : [],
      near: isAvailable ? keys.near.flatMap(rowsOf) : [],
      lookupUs: 50,
      available: isAvailable,
    };
  }

  #asOfNow(row: ListRow): ListRow {
    if (row.usesLeft === null) return row;
    return { ...row, usesLeft: Math.max(0, row.usesLeft - (this.#spent.get(row.id) ?? 0)) };
  }

  #index(): void {
    const byKey = new Map<string, ListRow[]>();
    for (const row of this.#rows) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row]);
    this.#byKey = byKey;
  }
}
