/** The `gatehouse` command. Each command is one file; exit codes are in `exit-codes.ts`. */
import { Command } from 'commander';
import { addRun } from './run.ts';

const program = new Command('gatehouse').description('Gatehouse 门岗: the edge gateway of a residential gate');
addRun(program);
await program.parseAsync(process.argv);
