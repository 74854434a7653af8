/** All checkers, in one list: both levels stand before the same judges. */
import type { CheckerOf } from '../level-one/run.ts';
import { BoomLaw } from './boom-law.ts';
import { CalmLaw } from './calm-law.ts';
import { ConvoyLaw } from './convoy-law.ts';
import { EmergencyLaw } from './emergency-law.ts';
import { JournalLaw } from './journal-law.ts';
import { OpeningLaw } from './opening-law.ts';
import { ResidentLaw } from './resident-law.ts';

export const laws: readonly CheckerOf[] = [
  (scene) => new JournalLaw(scene),
  (scene) => new BoomLaw(scene),
  (scene) => new OpeningLaw(scene),
  (scene) => new EmergencyLaw(scene),
  (scene) => new ResidentLaw(scene),
  (scene) => new ConvoyLaw(scene),
  (scene) => new CalmLaw(scene),
];
