/** One turn's effects, in their order: life safety for several lanes is handed over as one, before everything else (I4). */
import type { Effect } from '../core/io.ts';

export interface TogetherField {
  together?(order: () => void): void;
}

/** `step` has put the commands that wait for no record first, with what they withdraw. */
export function performInOrder(
  effects: readonly Effect[],
  field: TogetherField,
  perform: (effect: Effect) => void,
): void {
  const isUrgent = (effect: Effect) => effect.kind === 'command' && effect.command.after === null;
  const end = effects.findIndex((effect) => effect.kind !== 'withdraw' && !isUrgent(effect));
  const urgent = end === -1 ? effects : effects.slice(0, end);
  if (field.together === undefined || urgent.filter(isUrgent).length < 2) return effects.forEach(perform);
  field.together(() => urgent.forEach(perform));
  effects.slice(urgent.length).forEach(perform);
}
