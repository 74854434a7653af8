/** The character that begins a province's plates, and what people write in its place. */
import { provinces } from '../core/plate/patterns.ts';
import type { Text } from '../core/values.ts';
import { printable } from './problem.ts';

/** In the order of `provinces`. */
const namesZh =
  '北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆'.split(
    ' ',
  );
const namesEn =
  'beijing tianjin hebei shanxi neimenggu liaoning jilin heilongjiang shanghai jiangsu zhejiang anhui fujian jiangxi shandong henan hubei hunan guangdong guangxi hainan chongqing sichuan guizhou yunnan xizang shaanxi gansu qinghai ningxia xinjiang'.split(
    ' ',
  );
/** Traditional forms, and the second short names that some provinces have. */
const otherForms: Readonly<Record<string, string>> = {
  遼: '辽',
  滬: '沪',
  蘇: '苏',
  閩: '闽',
  贛: '赣',
  魯: '鲁',
  瓊: '琼',
  貴: '贵',
  雲: '云',
  粵: '粤',
  陝: '陕',
  寧: '宁',
  秦: '陕',
  蜀: '川',
  黔: '贵',
  滇: '云',
  陇: '甘',
  申: '沪',
  巴: '渝',
};

/** What was meant by `value`; null where nobody can tell. */
function meantProvince(value: string): string | null {
  const text = value.normalize('NFKC').replace(/\s/gu, '').replaceAll('內', '内');
  const byName = namesZh.findIndex((name) => text.startsWith(name));
  if (byName >= 0) return provinces.charAt(byName);
  const byLetters = namesEn.indexOf(text.toLowerCase().replace(/[^a-z]/g, ''));
  if (byLetters >= 0) return provinces.charAt(byLetters);
  const [first = ''] = text;
  return provinces.includes(first) && first !== '' ? first : (otherForms[first] ?? null);
}

/** Null for one of the 31 characters. */
export function unfitProvince(value: string): { readonly why: Text; readonly advice: Text } | null {
  if (value.length === 1 && provinces.includes(value)) return null;
  const shown = printable(value).slice(0, 40);
  const meant = meantProvince(value.slice(0, 40));
  return {
    why: { zh: `"${shown}" 不是省份简称`, en: `"${shown}" is not the character of a province` },
    advice:
      meant === null
        ? { zh: `可用：${[...provinces].join(' ')}`, en: `known: ${[...provinces].join(' ')}` }
        : { zh: `是否想写 ${meant}？`, en: `did you mean ${meant}?` },
  };
}
