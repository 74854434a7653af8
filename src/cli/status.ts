/** The running gateway's status as a command asks for it, and the words for its faults. */
import { faultText } from '../core/words/words.ts';
import { ask } from '../runtime/control-client.ts';
import type { FaultView, StatusView } from '../runtime/views.ts';
import { fieldsText } from './detail-fields.ts';
import type { Settings } from './settings.ts';
import { ageText, plain } from './text-layout.ts';

/** @throws NotRunning: an old answer is never shown for a live one. */
export async function readStatus(settings: Settings): Promise<StatusView> {
  return (await ask(settings.stateDir, { method: 'status' })) as StatusView;
}

/** `! subject code 12 min` and below it what is wrong, what it does, what to do. */
export function faultLines(fault: FaultView, settings: Settings): readonly string[] {
  const { say } = settings;
  const words = faultWords(fault, settings) ?? say('没有说明', 'no description');
  const head = `! ${plain(fault.subject)}  ${fault.code}  ${say('已 ', 'for ')}${ageText(fault.sinceMs, say)}`;
  const detail = detailText(fault.detail, settings);
  return [head, `    ${words}`, ...(detail === '' ? [] : [`    ${detail}`])];
}

/** What is wrong, what it does, what to do; null for a code that nobody knows. */
export function faultWords(
  { code, role }: FaultView,
  { language, drivers }: Pick<Settings, 'language' | 'drivers'>,
): string | null {
  const driver = drivers.map((found) => found.driver.faults[code]).find((text) => text !== undefined);
  return (faultText(code, role) ?? driver)?.[language] ?? null;
}

/** `code: what is wrong`, without what it does and what to do: for a cell of a table. */
export function faultInShort(fault: FaultView, settings: Settings): string {
  const first = /^[^.;:。；：]+/.exec(faultWords(fault, settings) ?? '')?.[0].trim();
  return first === undefined ? fault.code : `${fault.code}${settings.say('：', ': ')}${first}`;
}

export function detailText(detail: unknown, settings: Pick<Settings, 'language' | 'timezone' | 'say'>): string {
  return detail === null || typeof detail !== 'object' ? '' : fieldsText(detail, settings);
}
