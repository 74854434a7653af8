/** What `journal verify` found, in words: what is proven, what is not yet anchored, and each finding. */
import type { Text } from '../core/values.ts';
import type { Finding, FindingKind, VerifyReport } from '../store/verify.ts';
import type { Settings } from './settings.ts';

type Params = Finding['params'];

/** What each kind of finding says; numbers and epochs are its parameters. */
const findings: Readonly<Record<FindingKind, (params: Params) => Text>> = {
  gap: ({ from, to }) => ({
    zh: `缺失记录：#${from} 到 #${to} 不在`,
    en: `records ${from} to ${to} are missing`,
  }),
  edited: () => ({
    zh: '记录本身，或它与前一条的链接，被改动过',
    en: 'the record, or its link to the one before, was changed',
  }),
  epochUnknown: ({ epoch, upTo }) =>
    upTo === undefined
      ? { zh: `纪元 ${epoch} 不是此处有效的纪元`, en: `epoch ${epoch} is not the one in force at this record` }
      : {
          zh: `截至 #${upTo} 的锚点属于纪元 ${epoch}，流水中没有这个纪元`,
          en: `anchors up to ${upTo} are of epoch ${epoch}, of which this journal knows nothing`,
        },
  epochStart: () => ({
    zh: '纪元起点与前一条记录不接续',
    en: 'the epoch does not go on from the record before it',
  }),
  truncated: ({ last, anchored }) => ({
    zh: `末尾被截断：流水止于 #${last}，锚点到 #${anchored}`,
    en: `cut off: the journal ends at ${last}, an anchor says ${anchored}`,
  }),
  anchorMismatch: () => ({
    zh: '哈希与锚点不符：历史被改写过',
    en: 'the hash differs from the anchor: history was rewritten',
  }),
  anchorUnreadable: ({ lines }) => ({
    zh: `anchors.jsonl 中有 ${lines} 行不是锚点`,
    en: `${lines} lines of anchors.jsonl are no anchors`,
  }),
  personalEdited: () => ({ zh: '个人信息被改动过', en: 'personal data was changed' }),
  personalAdded: () => ({
    zh: '个人信息是后来添加的，没有记录为它作证',
    en: 'personal data that no record commits to',
  }),
  personalMissing: () => ({
    zh: '个人信息不在了，也没有删除记录',
    en: 'personal data is gone and no deletion is on record',
  }),
};

export function reportText(report: VerifyReport, { say }: Settings): string {
  const range = report.firstSeq === null ? say('空', 'empty') : `#${report.firstSeq} … #${report.lastSeq}`;
  const lines = [
    report.sound
      ? say(
          `✓ 流水完整：${report.records} 条 (${range})`,
          `✓ the journal is sound: ${report.records} records (${range})`,
        )
      : say(
          `✕ 流水有 ${report.findingCount} 处问题：${report.records} 条 (${range})`,
          `✕ the journal has ${report.findingCount} findings: ${report.records} records (${range})`,
        ),
    say(
      `锚点 ${report.anchorsChecked} 个；最后一个锚点之后有 ${report.unanchored} 条尚未锚定，在那里截断不会被发现`,
      `${report.anchorsChecked} anchors; ${report.unanchored} records after the last one are not anchored: a cut there would not be seen`,
    ),
  ];
  if (report.personalDeleted > 0)
    lines.push(
      say(
        `依法删除个人信息 ${report.personalDeleted} 条，不影响验证`,
        `${report.personalDeleted} personal parts lawfully deleted; their records verify`,
      ),
    );
  for (const lost of report.lostInRestores)
    lines.push(
      say(
        `! 纪元 ${lost.epoch} 的 #${lost.afterSeq + 1} … #${lost.upToSeq} 已丢失：${lost.by === 'replaced' ? '数据库丢失，已新建' : '恢复了备份'}`,
        `! #${lost.afterSeq + 1} … #${lost.upToSeq} of epoch ${lost.epoch} were lost when ${lost.by === 'replaced' ? 'the database was lost and replaced by an empty one' : 'a backup was restored'}`,
      ),
    );
  for (const finding of report.findings) {
    const at = finding.seq === null ? '' : `#${finding.seq}  `;
    const { zh, en } = findings[finding.kind](finding.params);
    lines.push(`✕ ${at}${say(zh, en)} [${finding.kind}]`);
  }
  if (report.findingCount > report.findings.length)
    lines.push(
      say(
        `另有 ${report.findingCount - report.findings.length} 处`,
        `${report.findingCount - report.findings.length} more`,
      ),
    );
  return lines.join('\n');
}
