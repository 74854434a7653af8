/** What an input opens as a cause of emergency, as every driver with such inputs takes it in its configuration. */
import { z } from 'zod';
import type { InputRole } from '../core/site-model.ts';

/** Inputs that may latch an emergency over several lanes; `reach` means something on these alone. */
export const reachingRoles: ReadonlySet<InputRole> = new Set(['fire', 'button', 'emergency']);

export function reach() {
  return z.union([z.enum(['lane', 'site']), z.array(z.string().min(1).max(40)).min(1).max(16)]);
}
