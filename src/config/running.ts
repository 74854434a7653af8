/** What runs of a configuration, and the faults that stand until the rest is mended. */
import type { SiteModel } from '../core/site-model.ts';
import type { Json, JsonObject, Text, Wall } from '../core/values.ts';
import type { FieldModel, ReceiverModel, StoreModel, UpstreamModel } from './models.ts';
import type { Section } from './parts.ts';
import type { Problem, SectionRef } from './problem.ts';
import type { LeftOut } from './salvage.ts';

/** One section as it last ran: plain JSON, secrets by name only. */
export interface GoodSection {
  readonly ref: SectionRef;
  readonly file: string;
  readonly raw: Json;
  readonly hash: string;
  readonly since: Wall;
}

export interface LastKnownGood {
  readonly version: 1;
  readonly sections: readonly GoodSection[];
}

export type SectionState =
  | { readonly ref: SectionRef; readonly state: 'current'; readonly hash: string }
  /** As written, without the parts in error. */
  | { readonly ref: SectionRef; readonly state: 'partial'; readonly hash: string; readonly left: readonly LeftOut[] }
  | { readonly ref: SectionRef; readonly state: 'lastKnownGood'; readonly hash: string; readonly since: Wall }
  | { readonly ref: SectionRef; readonly state: 'off' };

/** A section that does not run as written. */
export interface Affected {
  readonly ref: SectionRef;
  readonly state: SectionState['state'];
  readonly since: Wall | null;
}

/** Stands until the file is mended; one for each cause, however many sections it touches. */
export interface ConfigFault {
  readonly code: 'configRejected';
  /** Section key, e.g. `lane:east-in`; a part of it, `site.emergencyPlates.0`; or the file that hides whatever it held. */
  readonly subject: string;
  /** The gravest of what became of the sections: off, last known good, partial, current. */
  readonly state: SectionState['state'];
  readonly since: Wall | null;
  /** Why, with file:line:col; null where none can be told. */
  readonly problem: Problem | null;
  /** Further findings with the same subject. */
  readonly more: number;
  /** Empty where nobody can say what the file held, or where everything runs as written in spite of it. */
  readonly sections: readonly Affected[];
  /** What it means at the gate. */
  readonly effect: Text;
}

export interface Running {
  /** Null only where there is no usable site section, neither now nor before: then no lane runs. */
  readonly site: SiteModel | null;
  readonly field: FieldModel;
  /** Null = no receiver listens; it never falls back to anything more open than was configured. */
  readonly receiver: ReceiverModel | null;
  readonly store: StoreModel | null;
  /** Null = events stay here; the outbox keeps them. */
  readonly upstream: UpstreamModel | null;
  readonly hash: string;
  readonly sections: readonly SectionState[];
  /** What runs of each partial section, by key. */
  readonly partial: ReadonlyMap<string, JsonObject>;
  readonly faults: readonly ConfigFault[];
}

/** A section on its way to being chosen. */
export interface Candidate {
  readonly ref: SectionRef;
  /** As the files have it, or what can run of that. */
  readonly current: Section | null;
  readonly left: readonly LeftOut[];
  readonly good: GoodSection | null;
  state: SectionState['state'];
  /** Why it gave way or was brought back: a finding, or the key of the section that it needs or that needs it. */
  because: Problem | string | null;
}

/** What becomes of a lane, for whoever is about to start or reload. */
export interface LaneOutcome {
  readonly id: string;
  readonly state: 'current' | 'lastKnownGood' | 'off';
  readonly since: Wall | null;
  readonly fault: ConfigFault | null;
}

/** Every lane that the files or the last known good hold; without a site section all of them are off. */
export function laneOutcomes(running: Running): readonly LaneOutcome[] {
  const faultOf = (key: string) =>
    running.faults.find(({ sections }) => sections.some(({ ref }) => `${ref.kind}:${ref.id}` === key)) ?? null;
  const noSite = running.site === null ? (running.faults.find(darkensSite) ?? null) : null;
  return running.sections.flatMap((section): readonly LaneOutcome[] => {
    if (section.ref.kind !== 'lane') return [];
    const { id } = section.ref;
    const fault = faultOf(`lane:${id}`) ?? noSite;
    if (running.site === null) return [{ id, state: 'off', since: null, fault }];
    const since = section.state === 'lastKnownGood' ? section.since : null;
    return [{ id, state: section.state === 'partial' ? 'current' : section.state, since, fault }];
  });
}

function darkensSite({ sections, problem }: ConfigFault): boolean {
  const named = [...sections.map(({ ref }) => ref), ...(problem?.sections ?? [])];
  return named.some(({ kind }) => kind === 'site') || problem?.wholeFile === true;
}
