/** What was wrong with a call, in both languages: commander's codes → our words, with what it names taken from its sentence. */
import type { Text } from '../core/values.ts';

type Words = (named: readonly string[], sentence: string) => Text | null;

/** By commander's code; null where its sentence is not of the shape that is known. */
const words: Readonly<Record<string, Words>> = {
  'commander.unknownCommand': ([command], sentence) =>
    command === undefined
      ? null
      : {
          zh: `没有命令 "${command}"${meantZh(sentence)}`,
          en: `there is no command "${command}"${meantEn(sentence)}`,
        },
  'commander.unknownOption': ([option], sentence) =>
    option === undefined
      ? null
      : {
          zh: `没有选项 ${option}${meantZh(sentence)}`,
          en: `there is no option ${option}${meantEn(sentence)}`,
        },
  'commander.missingArgument': ([argument]) =>
    argument === undefined ? null : { zh: `缺少参数 <${argument}>`, en: `the argument <${argument}> is missing` },
  'commander.optionMissingArgument': ([option]) =>
    option === undefined ? null : { zh: `选项 ${option} 缺少值`, en: `the option ${option} lacks its value` },
  'commander.missingMandatoryOptionValue': ([option]) =>
    option === undefined ? null : { zh: `必须写选项 ${option}`, en: `the option ${option} must be given` },
  'commander.conflictingOption': ([one, other]) =>
    one === undefined || other === undefined
      ? null
      : { zh: `${one} 和 ${other} 不能同时使用`, en: `${one} and ${other} cannot be used together` },
  'commander.excessArguments': (_, sentence) => {
    const [, wanted, got] = /Expected (\d+) arguments? but got (\d+)/.exec(sentence) ?? [];
    if (wanted === undefined || got === undefined) return null;
    return {
      zh: `参数太多：需要 ${wanted} 个，写了 ${got} 个`,
      en: `too many arguments: ${wanted} wanted, ${got} given`,
    };
  },
  'commander.invalidArgument': (named, sentence) => {
    const [first, second] = named;
    if (first === undefined || second === undefined) return null;
    // An argument's value is named before its name, an option's name before its value.
    const [what, value] = sentence.startsWith('command-argument') ? [`<${second}>`, first] : [first, second];
    const allowed = allowedOf(sentence);
    return {
      zh: `${what} 的值 "${value}" 不可用${allowed === '' ? '' : `；可写：${allowed}`}`,
      en: `"${value}" cannot be the value of ${what}${allowed === '' ? '' : `; it may be: ${allowed}`}`,
    };
  },
  'commander.help': () => ({ zh: '缺少命令；用法见 --help', en: 'a command is missing; see --help' }),
};

/** @param message commander's own sentence, shown as it is where nothing better is known. */
export function usageText(code: string, message: string): Text {
  const sentence = message.replace(/^error: /, '').trim();
  const named = [...sentence.matchAll(/'([^']*)'/g)].map((one) => one[1] ?? '');
  const found = words[code]?.(named, sentence) ?? null;
  return found ?? { zh: `用法错误：${sentence}`, en: sentence };
}

function meant(sentence: string): string {
  return /\(Did you mean (?:one of )?(.+)\?\)/.exec(sentence)?.[1] ?? '';
}

function meantZh(sentence: string): string {
  const names = meant(sentence);
  return names === '' ? '' : `；是否想写 ${names.replaceAll(', ', ' 或 ')}？`;
}

function meantEn(sentence: string): string {
  const names = meant(sentence);
  return names === '' ? '' : `. Did you mean ${names.replaceAll(', ', ' or ')}?`;
}

/** What follows "is invalid": the choices, or the range that our own reading of the value names. */
function allowedOf(sentence: string): string {
  const rest = /is invalid(?: for argument '[^']*')?\.\s*(.*)$/s.exec(sentence)?.[1] ?? '';
  return rest.replace(/^Allowed choices are /, '').replace(/\.$/, '');
}
