/** Seeds that show something which is not mended yet, each with its explanation: never hidden, and off the list with the mend. */
export interface KnownSeed {
  readonly seed: number;
  readonly hours: number;
  readonly invariant: string;
  readonly why: string;
}

export const known: readonly KnownSeed[] = [];
