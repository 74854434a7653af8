/** Which rows of the list a decision needs; runtime looks them up before `step` (design.md "facts"). */
import { cardLookupKeys } from '../credential/card.ts';
import { plateKey } from '../credential/keys.ts';
import { nearTexts } from '../plate/near.ts';
import { normalisePlate } from '../plate/plate.ts';
import type { Observation } from '../presentation.ts';
import type { LookupKeys } from './facts.ts';
import type { CardCredential } from './question.ts';

export interface PresentedKeys {
  readonly plate: { readonly text: string } | null;
  readonly card: CardCredential | null;
}

/** Exact keys of both credentials, near keys of the plate. Empty lists where nothing can be looked up. */
export function credentialKeys({ plate, card }: PresentedKeys): LookupKeys {
  const text = plate?.text ?? '';
  return {
    exact: [...(text === '' ? [] : [plateKey(text)]), ...cardKeys(card)],
    near: nearTexts(text).map(plateKey),
  };
}

/** Keys for one observation; null where it shows no credential. */
export function lookupKeys(observation: Observation): LookupKeys | null {
  if (observation.kind === 'plateRead') return credentialKeys({ plate: normalisePlate(observation.raw), card: null });
  if (observation.kind === 'cardRead') return credentialKeys({ plate: null, card: observation });
  return null;
}

export function cardKeys(card: CardCredential | null): readonly string[] {
  return card === null ? [] : cardLookupKeys(card.bits, card.value);
}
