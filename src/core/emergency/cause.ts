/** One cause of emergency: a contact, a button held, a person's order. It is one claim key on every lane that it reaches (I3). */
import type { Actor } from '../io.ts';
import type { InputModel, LaneModel, Reach, SiteModel } from '../site-model.ts';
import type { LaneId, Now, RecordRef } from '../values.ts';
import { inputKey } from '../lane/inputs.ts';

export interface EmergencyCause {
  readonly key: string;
  readonly purpose: 'fire' | 'emergency';
  readonly by: Actor;
  /** Lane on which it arose; null for one of a route or the site. */
  readonly home: LaneId | null;
  /** As it was filled in when it began, or at the last reload. */
  readonly reach: Reach;
  readonly since: Now;
  /** Every lane that it holds, in the order of the way; also one that a reload has taken off its reach since. */
  readonly lanes: readonly LaneId[];
  readonly ref: RecordRef;
}

export type CauseRole = 'fire' | 'emergency' | 'button';

/** `fire:board.fire`: lanes that share an input share its cause. */
export function causeKey(input: InputModel): string {
  return `${input.role}:${inputKey(input)}`;
}

export interface CauseInput {
  readonly lane: LaneModel;
  readonly input: InputModel;
}

/** The inputs behind a cause, one for each lane that has it; none for a person's order, or once it is no longer configured. */
export function inputsOfCause(model: SiteModel, key: string): readonly CauseInput[] {
  return model.lanes.flatMap((lane) =>
    lane.inputs.flatMap((input): CauseInput[] => {
      const role: string = input.role;
      const causes = role === 'fire' || role === 'emergency' || role === 'button';
      return causes && causeKey(input) === key ? [{ lane, input }] : [];
    }),
  );
}
