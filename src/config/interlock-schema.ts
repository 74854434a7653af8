/** The schema of an interlock (gate.md "Interlock"). Descriptions are the reference. */
import { z } from 'zod';

export const interlockSchema = z.strictObject({
  name: z.string().min(1).max(80).describe('Name that the guard reads, e.g. 地库双门.'),
  lanes: z
    .array(z.string().min(1).max(40))
    .min(2)
    .max(4)
    .describe(
      'Its lanes from the outside to the inside. A credential opens one only while all the others are measured closed; the guard and an emergency open any.',
    ),
});

export type InterlockSection = z.output<typeof interlockSchema>;
