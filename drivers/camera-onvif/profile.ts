/** What differs between makers, as data: one YAML file each in `profiles/` (protocols.md §0.1, §1.6). */
import { z } from '../../src/contract/driver.ts';

const place = z
  .string()
  .max(200)
  .regex(/^[^\s/@]+(?:\/[^\s/@]+)*(?:@[^\s/@]+)?$/)
  .meta({
    expectedZh: '事件里的位置：项目名，元素用斜杠，属性用 @，例如 LicensePlateInfo/PlateNumber@Likelihood',
    expectedEn: 'a place in the event: item, elements after slashes, an attribute after @',
  })
  .describe('Place in the event: item name, elements after slashes, attribute after @; names without prefix.');
const places = z.array(place).min(1).max(8).describe('Places in order; the first that holds something counts.');
const named = (pattern: RegExp) =>
  z.string().regex(pattern).meta({
    expectedZh: '字母开头，字母和数字，最多 32 个',
    expectedEn: 'letters and digits, a letter first, at most 32',
  });
const words = (what: string) => z.array(z.string().max(40)).min(1).max(32).describe(what);

const topic = z
  .string()
  .max(200)
  .regex(/^[A-Za-z][\w.-]*:[^\s/|]+(?:\/[^\s/|]+)*$/)
  .meta({
    expectedZh: '带前缀的主题，例如 tns1:RuleEngine/Recognition/LicensePlate',
    expectedEn: 'a topic with prefixes, e.g. tns1:RuleEngine/Recognition/LicensePlate',
  });

export const profileSchema = z
  .strictObject({
    title: z.string().min(1).max(120).describe('Maker and function, as the camera names it.'),
    source: z.string().min(1).max(300).describe('Where topic and fields come from.'),
    topics: z.array(topic).min(1).max(8).describe('Topics that are plates; compared without prefixes.'),
    namespaces: z
      .record(named(/^[A-Za-z][\w-]{0,31}$/), z.string().min(1).max(200))
      .describe('Namespace of each prefix that the topics use.'),
    plate: places,
    noPlate: z
      .array(z.string().max(32))
      .max(16)
      .default([])
      .describe('Texts that mean: a vehicle, its plate not read.'),
    confidence: z
      .strictObject({
        at: places,
        scale: z.number().positive().max(1000).describe('Value that means certain: 1, 100 or 255.'),
      })
      .optional()
      .describe('How sure the camera is of the plate.'),
    color: z
      .strictObject({
        at: places,
        map: z
          .record(z.string(), z.enum(['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other', 'unknown']))
          .describe("The camera's words in lower case, and the colour that each means."),
      })
      .optional()
      .describe('Colour of the plate.'),
    heading: z
      .strictObject({
        at: places,
        map: z
          .record(z.string(), z.enum(['approaching', 'leaving', 'forward', 'reverse', 'unknown']))
          .describe("The camera's words in lower case; `forward` and `reverse` follow `forwardMeans` of the device."),
      })
      .optional()
      .describe('Which way the vehicle goes.'),
    channel: places.optional().describe('Lane or channel number.'),
    eventId: places.optional().describe('An id that never repeats for a later passage.'),
    picture: places.optional().describe('Address of the picture of this vehicle.'),
    except: z
      .strictObject({ at: place, oneOf: words('Values of it that mean: this is no read.') })
      .optional()
      .describe('Events that are not reads, e.g. that the vehicle is gone.'),
    facts: z
      .record(named(/^[A-Za-z][A-Za-z0-9]{0,31}$/), place)
      .default({})
      .describe('More for the record.'),
  })
  .describe('Topic, fields, scale and words of one maker.');

export type Profile = z.output<typeof profileSchema>;
