/** What `journal verify` found, in words: what is proven, what is not yet anchored, and each finding. */
import type { FindingKind, VerifyReport } from '../store/verify.ts';
import type { Settings } from './settings.ts';

const findingsZh: Readonly<Record<FindingKind, string>> = {
  gap: '缺失记录',
  edited: '记录被改动',
  epochUnknown: '纪元不符',
  epochStart: '纪元起点不接续',
  truncated: '末尾被截断',
  anchorMismatch: '与锚点不符',
  anchorUnreadable: '锚点文件无法读取',
  personalEdited: '个人信息被改动',
  personalAdded: '多出的个人信息',
  personalMissing: '个人信息缺失且无删除记录',
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
    lines.push(`✕ ${at}${say(findingsZh[finding.kind], finding.kind)}: ${finding.detail}`);
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
