/** The `gatehouse` command. Each command is one file; exit codes are in `exit-codes.ts`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addCheck } from './check.ts';
import { exitCodes } from './exit-codes.ts';
import { addDemo } from './demo.ts';
import { addExplain } from './explain.ts';
import { failureOf } from './failure.ts';
import { addJournal } from './journal.ts';
import { addLanes } from './lanes.ts';
import { addList } from './list.ts';
import { addAcknowledge, addRelease, addReload } from './orders.ts';
import { addRun } from './run.ts';
import { addSchema } from './schema.ts';
import { exitsText, languageOf } from './settings.ts';
import { addSimulate } from './simulate.ts';

const about: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const program = new Command('gatehouse')
  .description('Gatehouse: the edge gateway of a residential gate / 门岗：小区岗亭网关')
  .version(about.version)
  // Before the commands are added, so that they inherit it: a wrong call must end with 64.
  .exitOverride()
  .addHelpText('after', `\n${exitsText(['fine', 'error', 'warnings', 'notRunning'])}`);
for (const add of [
  addRun,
  addCheck,
  addSchema,
  addLanes,
  addList,
  addJournal,
  addExplain,
  addSimulate,
  addAcknowledge,
  addRelease,
  addReload,
  addDemo,
])
  add(program);

// `gatehouse journal tail | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.defect),
);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exit(exitOf(error));
}

function exitOf(error: unknown): number {
  // Commander has already said what was wrong with the call.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  const failure = failureOf(error);
  if (failure === null) {
    process.stderr.write(`gatehouse: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.defect;
  }
  const asked = process.argv.find((_, at) => process.argv[at - 1] === '--lang');
  // A program that asked for JSON reads stdout, and finds there why there is no answer.
  if (process.argv.includes('--json')) {
    const code = Object.entries(exitCodes).find(([, exit]) => exit === failure.exit)?.[0] ?? 'error';
    process.stdout.write(`${JSON.stringify({ error: { code, ...failure.text } })}\n`);
  }
  process.stderr.write(`gatehouse: ${failure.text[languageOf(asked, process.env)]}\n`);
  return failure.exit;
}
