/** `gatehouse todo`: openings of the guard whose reason is owed, and the answer of a named person. */
import type { Command } from 'commander';
import { ask } from '../runtime/control-client.ts';
import type { TodoView } from '../runtime/views.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { wallText } from './local-time.ts';
import { viaWord } from './record-words.ts';
import { exitsText, openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { readStatus } from './status.ts';
import { ageText, plain, table } from './text-layout.ts';

interface AnswerOptions extends SharedOptions {
  readonly by: string;
  readonly reason: string;
}

export function addTodo(program: Command): void {
  const todo = program
    .command('todo')
    // `--json` behind `answer` is the answer's.
    .enablePositionalOptions()
    .description('openings by the guard whose reason is asked for / 待补原因的人工开闸')
    .addHelpText('after', `\n${exitsText(['fine', 'error', 'notRunning'])}`);
  share(
    todo
      .command('list', { isDefault: true })
      .description('what is owed, oldest first; what "gatehouse todo" alone shows / 列出待补原因'),
    ['fine', 'notRunning'],
  ).action(async (options: SharedOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const { todos } = await readStatus(settings);
    if (settings.json) printJson({ todos });
    else print(todoText(todos, settings));
  });
  share(
    todo
      .command('answer')
      .description('say why the boom was opened / 补记开闸原因')
      .argument('<id>', 'of "gatehouse todo", or its last figures / 待办编号，或其末尾数字')
      .requiredOption('--by <name>', 'who answers; recorded / 补记人姓名，记入流水')
      .requiredOption('--reason <text>', 'why; recorded, name no residents in it / 原因，记入流水；请勿写住户姓名'),
    ['fine', 'error', 'notRunning'],
  ).action(answer);
}

async function answer(id: string, options: AnswerOptions): Promise<void> {
  const settings = await openSettings(options, exitCodes.notRunning);
  const { say } = settings;
  const { by, reason } = options;
  if (reason.trim() === '')
    throw said(exitCodes.usage, '原因不能为空：--reason 原因', 'the reason is empty: --reason TEXT');
  const { todos } = await readStatus(settings);
  const todo = named(id, todos);
  const left = (await ask(settings.stateDir, {
    method: 'giveReason',
    opening: todo.id,
    by,
    reason,
  })) as readonly string[];
  const answered = !left.includes(todo.id);
  if (settings.json) printJson({ answered, todos: left });
  else
    print(
      answered
        ? say(`✓ 已补记 ${todo.id}，还有 ${left.length} 项`, `✓ ${todo.id} is answered, ${left.length} left`)
        : say(`✕ ${todo.id} 没有补记`, `✕ ${todo.id} was not answered`),
    );
  process.exitCode = answered ? exitCodes.fine : exitCodes.error;
}

/** By its whole id, or by the figures behind the dot where one alone ends so. */
function named(id: string, todos: readonly TodoView[]): TodoView {
  const exact = todos.find((todo) => todo.id === id);
  const ending = todos.filter((todo) => todo.id.endsWith(`.${id}`));
  const found = exact ?? (ending.length === 1 ? ending[0] : undefined);
  if (found !== undefined) return found;
  const ids = (ending.length === 0 ? todos : ending).map((todo) => todo.id).join(' ');
  throw said(
    exitCodes.error,
    `没有待办 ${id}；现有：${ids || '无'}`,
    `there is no to-do ${id}; open: ${ids || 'none'}`,
  );
}

export function todoText(todos: readonly TodoView[], { say, timezone }: Settings): string {
  if (todos.length === 0) return say('✓ 没有待补的原因', '✓ no reason is owed');
  const head = [
    say('编号', 'id'),
    say('开闸时间', 'opened at'),
    say('已过', 'since'),
    say('车道', 'lane'),
    say('途径', 'by way of'),
    say('按下', 'presses'),
  ];
  const rows = todos.map(({ id, lane, via, openedWall, sinceMs, presses }) => [
    id,
    wallText(openedWall, timezone).slice(0, 19),
    ageText(sinceMs, say),
    plain(lane),
    viaWord(via, say),
    String(presses),
  ]);
  return [
    table(head, rows),
    say(
      '补记：gatehouse todo answer 编号 --by 姓名 --reason 原因',
      'to answer: gatehouse todo answer ID --by NAME --reason TEXT',
    ),
  ].join('\n');
}

/** For a lane's remarks; null where nothing is owed there. */
export function owedRemark(todos: readonly TodoView[], lane: string, { say }: Pick<Settings, 'say'>): string | null {
  const count = todos.filter((todo) => todo.lane === lane).length;
  return count === 0 ? null : say(`待补原因 ${count}`, count === 1 ? '1 reason owed' : `${count} reasons owed`);
}
