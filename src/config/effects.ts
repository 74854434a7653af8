/** What a fault of the configuration means at the gate, in words for the person who is paged. */
import type { Text } from '../core/values.ts';
import { printable, type Problem, type SectionRef, sectionKey } from './problem.ts';
import type { Affected } from './running.ts';
import type { Path } from './source.ts';

export interface Cause {
  readonly problem: Problem | null;
  readonly sections: readonly Affected[];
  readonly state: Affected['state'];
  readonly siteRuns: boolean;
  /** True where nothing of the file could be taken. */
  readonly brokenFile: boolean;
}

/** Sections named in one sentence; the others are counted. */
const namedMax = 12;
const partsMax = 6;

export function effectOf(cause: Cause): Text {
  const { sections, siteRuns, problem } = cause;
  const off = sections.filter(({ state }) => state === 'off');
  const former = sections.filter(({ state }) => state === 'lastKnownGood');
  const sentences: Text[] = cause.brokenFile ? [nothingOfFile] : [];
  if (former.length > 0) {
    const names = named(former);
    sentences.push({ zh: `沿用上次有效配置：${names.zh}`, en: `on the last known good: ${names.en}` });
  }
  if (off.length > 0) {
    const names = named(off);
    sentences.push({ zh: `不运行：${names.zh}`, en: `off: ${names.en}` });
  }
  if (sections.length === 0 && !cause.brokenFile) sentences.push(withoutSections(cause));
  for (const { ref, state } of sections) {
    const text = state === 'off' ? whenOff[ref.kind] : state === 'lastKnownGood' ? whenFormer[ref.kind] : undefined;
    if (text !== undefined) sentences.push(text);
  }
  const siteMissing = sections.some(({ ref }) => ref.kind === 'site') || sections.length === 0;
  if (!siteRuns && siteMissing && problem !== null) sentences.push(noSite);
  return { zh: sentences.map(({ zh }) => zh).join('；'), en: sentences.map(({ en }) => en).join('; ') };
}

const nothingOfFile: Text = {
  zh: '此文件现有的内容全部未生效',
  en: 'nothing of this file as it stands is in effect',
};
const noSite: Text = { zh: '没有可用的 site 段：所有车道都不运行', en: 'no usable site section: no lane runs' };

const whenOff: Partial<Record<SectionRef['kind'], Text>> = {
  receiver: {
    zh: '不监听任何端口：推送的相机无法送达车牌',
    en: 'nothing listens in its place: plates of pushing cameras do not arrive',
  },
  store: {
    zh: '数据目录由服务或 --state 指定，否则为配置目录下的 state',
    en: 'the data folder is the one that the service or --state names, else "state" beside the configuration',
  },
  route: {
    zh: '应急通道不整体联动：触发应急的输入只开自己的车道',
    en: 'the route is not opened as one: what would open it opens its own lane only',
  },
  interlock: {
    zh: '互锁不起作用：其各侧可能同时打开',
    en: 'the interlock binds nothing: its portals may stand open together',
  },
  upstream: {
    zh: '事件不上传平台，保存在本机待上传；本地通行不受影响',
    en: 'events do not go to the platform and are kept here to be sent; passing is not affected',
  },
};

const whenFormer: Partial<Record<SectionRef['kind'], Text>> = {
  receiver: { zh: '相机仍推送到原地址', en: 'cameras push to the former address' },
};

function withoutSections({ state, problem }: Cause): Text {
  if (state === 'off' && problem?.wholeFile)
    return { zh: '此处的内容未生效', en: 'what stands there is not in effect' };
  if (state === 'off') return { zh: '没有内容在运行', en: 'nothing runs' };
  return { zh: '仍照原样运行，直到改正', en: 'runs as written all the same, until mended' };
}

function named(sections: readonly Affected[]): Text {
  const names = sections.slice(0, namedMax).map(({ ref }) => sectionKey(ref));
  const more = sections.length - names.length;
  if (more === 0) return { zh: names.join('、'), en: names.join(', ') };
  return { zh: `${names.join('、')} 等 ${sections.length} 段`, en: `${names.join(', ')} and ${more} more` };
}

export interface Part {
  readonly ref: SectionRef;
  readonly path: Path;
  /** True where it runs as it last did. */
  readonly kept: boolean;
}

export function effectOfParts(parts: readonly Part[]): Text {
  const texts = parts.slice(0, partsMax).map(effectOfPart);
  const more = parts.length - texts.length;
  const zh = [...texts.map((text) => text.zh), more > 0 ? `另有 ${more} 处` : ''].filter((text) => text !== '');
  const en = [...texts.map((text) => text.en), more > 0 ? `${more} more` : ''].filter((text) => text !== '');
  return {
    zh: `${zh.join('；')}；本段其余部分照常生效`,
    en: `${en.join('; ')}; the rest of the section is in effect`,
  };
}

function effectOfPart({ ref, path, kept }: Part): Text {
  const part = printable([sectionKey(ref), ...path].join('.'));
  if (kept) {
    return { zh: `${part} 沿用上次有效的内容`, en: `${part} runs as it last did` };
  }
  const { zh, en } = ref.kind === 'site' ? meaningOf(path) : ignored;
  return { zh: `${part} 未生效：${zh}`, en: `${part} is left out: ${en}` };
}

const ignored: Text = { zh: '此键不起作用', en: 'this key has no effect' };

function meaningOf(path: Path): Text {
  const [top, second, third, fourth] = path.map((segment) => printable(String(segment)));
  if (top === 'site') return { zh: '只用先定义的 site 段', en: 'only the site section defined first is used' };
  if (top === 'emergencyPlates') {
    return second === undefined
      ? {
          zh: '应急车牌单为空，应急车辆只按车牌种类识别',
          en: 'no plate is listed as an emergency vehicle; they are known by class only',
        }
      : { zh: '此车牌不按应急车辆处理', en: 'this plate is not known as an emergency vehicle' };
  }
  if (top === 'nearPlates') return { zh: '向门岗提示相近车牌', en: 'near plates are suggested to the guard' };
  if (top === 'homeProvince')
    return { zh: '输入车牌时没有省份排在最前', en: 'no province comes first where a plate is typed' };
  if (top === 'language') return { zh: '门岗使用中文', en: 'the booth uses Chinese' };
  if (top !== 'calendar') return ignored;
  if (second === undefined) {
    return {
      zh: '节假日按星期判断，按时段的通行证不放行',
      en: 'holidays are judged by the weekday, and permits bound to a weekly window admit nobody',
    };
  }
  if (second === 'days') {
    return third === undefined
      ? { zh: '节假日按星期判断', en: 'holidays are judged by the weekday' }
      : { zh: '这一天按星期判断', en: 'this day is judged by its weekday' };
  }
  if (second === 'years') return { zh: '这一年视为日历未覆盖', en: 'the calendar counts as not covering that year' };
  if (second !== 'windows') return ignored;
  if (third === undefined) return { zh: '按时段的通行证不放行', en: 'permits bound to a weekly window admit nobody' };
  return fourth === undefined
    ? { zh: `只限时段 ${third} 的通行证不放行`, en: `permits bound to window ${third} alone admit nobody` }
    : {
        zh: `时段 ${third} 缩短，通行证此时不放行`,
        en: `window ${third} is shorter by it, and permits do not admit then`,
      };
}
