/** Exit codes of every command, documented in each `--help`. */
export const exitCodes = {
  fine: 0,
  /** Errors found (`check`), not found (`explain`, `find`), refused (`list import`), chain broken (`journal verify`). */
  error: 1,
  /** Warnings only (`check`). */
  warnings: 2,
  /** The command was called wrongly. */
  usage: 64,
  /** No daemon runs on this state folder. */
  notRunning: 69,
  /** Our own defect. */
  defect: 70,
} as const;
