/** The `gatehouse` command. Each command is one file; exit codes are in `exit-codes.ts`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { type Failure, failureOf, said } from './failure.ts';
import { exitsText, languageOf } from './settings.ts';
import { usageText } from './usage-words.ts';

type Add = (program: Command) => void;

/** The files of the commands, in the order of the help, each with the commands that it holds. */
const files: readonly { readonly holds: readonly string[]; load(): Promise<readonly Add[]> }[] = [
  { holds: ['run'], load: async () => [(await import('./run.ts')).addRun] },
  { holds: ['check'], load: async () => [(await import('./check.ts')).addCheck] },
  { holds: ['schema'], load: async () => [(await import('./schema.ts')).addSchema] },
  { holds: ['lanes', 'devices', 'faults'], load: async () => [(await import('./lanes.ts')).addLanes] },
  { holds: ['watch'], load: async () => [(await import('./watch.ts')).addWatch] },
  { holds: ['list'], load: async () => [(await import('./list.ts')).addList] },
  { holds: ['learn'], load: async () => [(await import('./learn.ts')).addLearn] },
  { holds: ['journal'], load: async () => [(await import('./journal.ts')).addJournal] },
  { holds: ['explain'], load: async () => [(await import('./explain.ts')).addExplain] },
  { holds: ['emergency'], load: async () => [(await import('./emergency.ts')).addEmergency] },
  { holds: ['close'], load: async () => [(await import('./close.ts')).addClose] },
  { holds: ['bypass'], load: async () => [(await import('./bypass.ts')).addBypass] },
  { holds: ['drill'], load: async () => [(await import('./drill.ts')).addDrill] },
  { holds: ['open'], load: async () => [(await import('./open.ts')).addOpen] },
  { holds: ['todo'], load: async () => [(await import('./todo.ts')).addTodo] },
  { holds: ['hold', 'lockdown', 'out-of-service'], load: async () => [(await import('./claims.ts')).addClaims] },
  { holds: ['simulate'], load: async () => [(await import('./simulate.ts')).addSimulate] },
  {
    holds: ['acknowledge', 'release', 'reload'],
    load: async () => {
      const orders = await import('./orders.ts');
      return [orders.addAcknowledge, orders.addRelease, orders.addReload];
    },
  },
  { holds: ['demo'], load: async () => [(await import('./demo.ts')).addDemo] },
];

const about: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const program = new Command('gatehouse')
  .description('Gatehouse: the edge gateway of a residential gate / 门岗：小区岗亭网关')
  .version(about.version)
  // Before the commands are added, so that they inherit it: a wrong call must end with 64.
  .exitOverride()
  // Its sentences are English only; `exitOf` says them in the reader's language.
  .configureOutput({ outputError: () => {} })
  .addHelpText('after', `\n${exitsText(['fine', 'error', 'warnings', 'notRunning'])}`);

// The daemon runs for years: what only other commands need is not loaded into it.
const named = files.filter(({ holds }) => holds.includes(process.argv[2] ?? ''));
for (const file of named.length > 0 ? named : files) for (const add of await file.load()) add(program);

// `gatehouse journal tail | head` closes the pipe early, and an ssh link that is lost takes its terminal away: no failures. Of a
// file EIO is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  const gone = error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY === true);
  process.exit(gone ? exitCodes.fine : exitCodes.defect);
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exit(exitOf(error));
}

function exitOf(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.fine;
  const failure = error instanceof CommanderError ? misuse(error) : failureOf(error);
  if (failure === null) {
    process.stderr.write(`gatehouse: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.defect;
  }
  // A program that asked for JSON reads stdout, and finds there why there is no answer.
  if (process.argv.includes('--json')) {
    const code = Object.entries(exitCodes).find(([, exit]) => exit === failure.exit)?.[0] ?? 'error';
    process.stdout.write(`${JSON.stringify({ error: { code, ...failure.text } })}\n`);
  }
  // Where a command is missing, the help stands there already.
  if (!(error instanceof CommanderError && error.code === 'commander.help'))
    process.stderr.write(`gatehouse: ${failure.text[languageOf(askedLanguage(), process.env)]}\n`);
  return failure.exit;
}

function misuse({ code, message }: CommanderError): Failure {
  const { zh, en } = usageText(code, message);
  return said(exitCodes.usage, zh, en);
}

/** Of a call that could not be read, too: `--lang zh` or `--lang=zh`. */
function askedLanguage(): string | undefined {
  const { argv } = process;
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  if (at < 0) return undefined;
  return argv[at]?.startsWith('--lang=') ? argv[at]?.slice('--lang='.length) : argv[at + 1];
}
