/** Why a file or secret cannot be read, in a technician's words. */
import type { Text } from '../core/values.ts';

/** The operating system's codes that occur here, and our own. */
const words: Readonly<Record<string, Text>> = {
  ENOENT: { zh: '不存在', en: 'there is none' },
  ENOTDIR: { zh: '路径中有一段不是目录', en: 'a part of the path is no folder' },
  EACCES: { zh: '没有权限', en: 'no permission' },
  EPERM: { zh: '没有权限', en: 'no permission' },
  EISDIR: { zh: '是目录', en: 'it is a folder' },
  EIO: { zh: '磁盘读错', en: 'the disk cannot be read' },
  ELOOP: { zh: '链接成环', en: 'its links go round in a circle' },
  ESTALE: { zh: '网络盘失联', en: 'the network disk is gone' },
  EMFILE: { zh: '打开的文件太多', en: 'too many files are open' },
  ENAMETOOLONG: { zh: '名称太长', en: 'the name is too long' },
  notAFile: { zh: '不是文件', en: 'it is no file' },
  notSet: { zh: '变量没有设置', en: 'the variable is not set' },
  empty: { zh: '是空的', en: 'it is empty' },
  tooLarge: { zh: '太大', en: 'it is too large' },
};

export function causeWords(code: string): Text {
  return words[code] ?? { zh: `系统报 ${code}`, en: `the system says ${code}` };
}
