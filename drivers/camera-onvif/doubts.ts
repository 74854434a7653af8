/** What a profile says and cannot mean: names that nothing declares, and words that no camera's word is compared with. */
import type { Doubt } from '../../src/contract/driver.ts';
import type { Profile } from './profile.ts';

export function doubtsOf({ topics, namespaces, color, heading }: Profile): readonly Doubt[] {
  return [
    ...topics.flatMap((topic, index) => undeclared(topic, index, namespaces)),
    ...unmatched('color', color?.map ?? {}),
    ...unmatched('heading', heading?.map ?? {}),
  ];
}

/** A filter with such a prefix is refused, or fits nothing, as the camera likes. */
function undeclared(topic: string, index: number, namespaces: Profile['namespaces']): readonly Doubt[] {
  const prefixes = topic.split('/').flatMap((part) => (part.includes(':') ? (part.split(':')[0] ?? []) : []));
  return [...new Set(prefixes)]
    .filter((prefix) => !Object.hasOwn(namespaces, prefix))
    .map((prefix) => ({
      path: ['profile', 'topics', index],
      aim: 'value',
      text: {
        zh: `namespaces 里没有主题的前缀 "${prefix}"，相机可能拒绝这样的筛选`,
        en: `namespaces does not name the prefix "${prefix}" of this topic, and a camera may refuse such a filter`,
      },
      advice: {
        zh: `在 namespaces 里写 ${prefix}: "…"，即相机事件中 xmlns:${prefix} 的值`,
        en: `write ${prefix}: "…" in namespaces, as the camera's events have it in xmlns:${prefix}`,
      },
    }));
}

/** The camera's word is taken in lower case and without the space around it. */
function unmatched(key: 'color' | 'heading', map: Readonly<Record<string, unknown>>): readonly Doubt[] {
  return Object.keys(map)
    .map((word) => ({ word, plain: word.trim().toLowerCase() }))
    .filter(({ word, plain }) => word !== plain)
    .map(({ word, plain }) => ({
      path: ['profile', key, 'map', word],
      aim: 'key',
      text: {
        zh: `"${word}" 与相机的词永不相符：比较前都变成小写`,
        en: `"${word}" matches no word of the camera: they are compared in lower case`,
      },
      advice: { zh: `写成 ${plain}`, en: `write ${plain}` },
    }));
}
