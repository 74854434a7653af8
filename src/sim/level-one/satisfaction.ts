/** Which boards the core has heard so often that it would make nothing of hearing the same again, and what it has not been told of. */
import type { Input } from '../../core/io.ts';
import type { SiteState } from '../../core/site-state.ts';
import type { Step } from '../../core/step.ts';
import { carryOn, changedLanes, devicesOf, isJudging, isWatched, type ReadAgain } from './quiet.ts';

interface Wound {
  readonly timer: string;
  readonly inMs: number;
}

const NOTHING: ReadonlySet<string> = new Set();

/** All times on the core's own clock. */
export class Satisfaction {
  /** Boards whose last reading came to nothing, with nothing since. */
  readonly #quiet = new Set<string>();
  /** By board: the timers that its last such reading has wound up anew; what watches a close is wound up by every reading. */
  readonly #wound = new Map<string, readonly Wound[]>();
  /** Boards whose readings were left out since the last input: when each was read last. */
  readonly #repeated = new Map<string, ReadAgain>();
  /** By board: which inputs its last answer held. */
  readonly #held = new Map<string, ReadonlySet<string>>();

  forget(): void {
    this.#quiet.clear();
    this.#repeated.clear();
  }

  with(site: SiteState, device: string, at: number): boolean {
    return this.#quiet.has(device) && !isJudging(site, device, at);
  }

  /** The board was read and said what it said before. Gives the timers to be wound up. */
  readAgain(device: string, at: number): readonly Wound[] {
    this.#repeated.set(device, { at, held: this.#held.get(device) ?? NOTHING });
    return this.#wound.get(device) ?? [];
  }

  /** The readings that were left out, as if they had been taken. */
  catchUp(site: SiteState): SiteState {
    if (this.#repeated.size === 0) return site;
    const caught = carryOn(site, this.#repeated);
    this.#repeated.clear();
    return caught;
  }

  note(before: SiteState, { site, effects }: Step, input: Input): void {
    const changed = changedLanes(before, site);
    if (changed === null) return this.#quiet.clear();
    for (const lane of changed) for (const device of devicesOf(site.model, lane)) this.#quiet.delete(device);
    if (input.kind !== 'observed' || input.observation.kind !== 'inputsRead') return;
    const { device, values } = input.observation;
    this.#held.set(device, new Set(Object.keys(values).map((id) => `${device}.${id}`)));
    const wound = effects.flatMap((effect) =>
      effect.kind === 'arm' && effect.timer.endsWith('.closeWatch') && effect.at > input.now.mono
        ? [{ timer: effect.timer, inMs: effect.at - input.now.mono }]
        : [],
    );
    this.#wound.set(device, wound);
    if (wound.length < effects.length || changed.length > 0 || isWatched(site, device)) this.#quiet.delete(device);
    else this.#quiet.add(device);
  }
}
