/** Whoever reads what a command prints may stop reading: `npm run sim:bugs | head`. */

/** As a shell counts a process that a closed pipe has ended. */
const CLOSED_PIPE = 141;

/** Ends the process without a word when nobody reads its output any more. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(CLOSED_PIPE);
    });
}
