/** What the gateway's own machine suffers: its disk, its power, its clock, its list. */
import type { ListRow } from '../../core/decide/facts.ts';
import type { Machine } from '../crowd/season.ts';
import type { Surroundings } from '../crowd/surroundings.ts';
import type { CoreGateway } from './core-gateway.ts';
import { BRISK } from './disk.ts';
import type { Registry } from './registry.ts';

export interface WallClock {
  offset: number;
  isTrusted: boolean;
}

const AFTERMATH_MS = 60_000;

export class KitMachine implements Machine {
  readonly #on: Surroundings;
  readonly #gateway: CoreGateway;
  readonly #registry: Registry;
  readonly #wall: WallClock;
  readonly #ends = new Set<() => void>();

  constructor(on: Surroundings, gateway: CoreGateway, registry: Registry, wall: WallClock) {
    this.#on = on;
    this.#gateway = gateway;
    this.#registry = registry;
    this.#wall = wall;
  }

  heal(): void {
    for (const end of [...this.#ends]) end();
  }

  slowDisk(ms: number): void {
    this.#gateway.disk.pace = { fromMs: 60, toMs: 700 };
    this.#for(ms, () => {
      this.#gateway.disk.pace = BRISK;
    });
  }

  refuseDisk(ms: number): void {
    this.#gateway.disk.refuse(true);
    this.#for(ms, () => this.#gateway.disk.refuse(false));
  }

  cutPower(effects: number, offMs: number): void {
    if (!this.#gateway.isOn) return;
    this.#on.trouble(null, offMs + AFTERMATH_MS);
    this.#gateway.cutAfter(effects, () => {
      // Whatever it was about to do, somebody may wait for it since.
      this.#for(offMs, () => {
        if (!this.#gateway.isOn) this.#gateway.start();
      });
    });
  }

  jumpClock(byMs: number): void {
    this.#on.trouble(null, AFTERMATH_MS);
    this.#wall.offset += byMs;
    if (this.#gateway.isOn) this.#gateway.clockStepped(byMs);
  }

  doubtClock(ms: number): void {
    this.#trust(false);
    this.#for(ms, () => this.#trust(true));
  }

  /** Runtime says so of itself, as it does whenever it has started. */
  #trust(isTrusted: boolean): void {
    this.#wall.isTrusted = isTrusted;
    if (!this.#gateway.isOn) return;
    const raised = !isTrusted;
    this.#gateway.request({ kind: 'systemFault', code: 'clockUntrusted', subject: 'site', raised, detail: {} });
  }

  changeList(change: (rows: readonly ListRow[]) => readonly ListRow[]): void {
    this.#on.trouble(null, 15_000);
    this.#registry.change(change(this.#registry.rows));
    if (this.#gateway.isOn) this.#gateway.listsChanged();
  }

  loseList(ms: number): void {
    this.#registry.isAvailable = false;
    this.#for(ms, () => {
      this.#registry.isAvailable = true;
      if (this.#gateway.isOn) this.#gateway.listsChanged();
    });
  }

  #for(ms: number, end: () => void): void {
    this.#on.trouble(null, ms + AFTERMATH_MS);
    const once = (): void => {
      if (!this.#ends.delete(once)) return;
      end();
      this.#on.trouble(null, AFTERMATH_MS);
      this.#on.touched();
    };
    this.#ends.add(once);
    this.#on.agenda.after(ms, once);
  }
}
