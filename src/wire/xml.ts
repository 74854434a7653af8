/**
 * XML from cameras, read as from an enemy: no DOCTYPE, no unknown entity, bounded size, depth and node count
 * (pitfalls.md "XML, multipart, digest": 200,000 nested tags took 516 s without a cap). Names are local names, since
 * recorders prefix every element (protocols.md §1.2 Namespaces).
 */
import { SaxesParser } from 'saxes';
import { decodeText } from './gbk.ts';

export interface XmlElement {
  /** Local name, without prefix. */
  readonly name: string;
  /** By local name; `xmlns` declarations are left out. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The element's own character data, trimmed, without that of its children. */
  readonly text: string;
}

export interface XmlLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxNodes: number;
}

export type XmlResult = { readonly ok: true; readonly root: XmlElement } | { readonly ok: false; readonly why: string };

export const xmlLimits: XmlLimits = { maxBytes: 256 * 1024, maxDepth: 64, maxNodes: 20_000 };

interface Building {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

class Refused extends Error {}

/** Parses one whole document. Never throws; `why` is short and holds nothing of the content. */
export function parseXml(bytes: Uint8Array, limits: XmlLimits = xmlLimits): XmlResult {
  if (bytes.length > limits.maxBytes) return { ok: false, why: `larger than ${limits.maxBytes} bytes` };
  const text = decodeText(bytes, declaredEncoding(bytes));
  if (text === null) return { ok: false, why: 'unknown or wrong character encoding' };
  return parseXmlText(text, limits);
}

function declaredEncoding(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200)).toString('latin1');
  return /^[^<]{0,8}<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']/.exec(head)?.[1] ?? null;
}

function parseXmlText(text: string, limits: XmlLimits): XmlResult {
  const stack: Building[] = [];
  let root: XmlElement | null = null;
  let nodes = 0;
  const count = (more: number): void => {
    nodes += more;
    if (nodes > limits.maxNodes) throw new Refused(`more than ${limits.maxNodes} nodes`);
  };
  const parser = new SaxesParser({ xmlns: false, position: false });
  parser.on('error', (error) => {
    throw new Refused(error.message.slice(0, 80));
  });
  parser.on('doctype', () => {
    throw new Refused('DOCTYPE is not allowed');
  });
  parser.on('opentagstart', () => {
    count(1);
    if (stack.length >= limits.maxDepth) throw new Refused(`deeper than ${limits.maxDepth}`);
  });
  parser.on('attribute', () => count(1));
  parser.on('opentag', (tag) => {
    const attributes: Record<string, string> = {};
    for (const [name, value] of Object.entries(tag.attributes)) {
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) define(attributes, localName(name), value);
    }
    stack.push({ name: localName(tag.name), attributes, children: [], text: '' });
  });
  const addText = (piece: string): void => {
    const top = stack.at(-1);
    if (top !== undefined) top.text += piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const done = stack.pop();
    if (done === undefined) return;
    const element: XmlElement = { ...done, text: done.text.trim() };
    const parent = stack.at(-1);
    if (parent !== undefined) parent.children.push(element);
    else root = element;
  });
  try {
    parser.write(withoutPadding(text)).close();
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'unreadable' };
  }
  return root === null ? { ok: false, why: 'no element' } : { ok: true, root };
}

/** Cameras put line ends, BOMs or NULs around the document; a declaration must be its first character. */
function withoutPadding(text: string): string {
  let from = 0;
  let to = text.length;
  const padding = (at: number): boolean => {
    const code = text.charCodeAt(at);
    return code <= 0x20 || code === 0xfeff;
  };
  while (from < to && padding(from)) from += 1;
  while (to > from && padding(to - 1)) to -= 1;
  return text.slice(from, to);
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** As data, never as an assignment: an attribute may be called `__proto__`. */
function define(target: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** First child of that local name. */
export function child(element: XmlElement, name: string): XmlElement | null {
  return element.children.find((each) => each.name === name) ?? null;
}

/** Text of the first child of that name; `null` where there is none. An empty element gives `''`. */
export function childText(element: XmlElement, name: string): string | null {
  return child(element, name)?.text ?? null;
}

/** First element of that name anywhere below, in document order. Bounded by the parser's node count. */
export function descendant(element: XmlElement, name: string): XmlElement | null {
  for (const each of element.children) {
    const found = each.name === name ? each : descendant(each, name);
    if (found !== null) return found;
  }
  return null;
}

/** Every element of that name anywhere below, in document order; those inside a found one are left out. */
export function descendants(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((each) => (each.name === name ? [each] : descendants(each, name)));
}

/** Text as XML may carry it in an element or an attribute. What XML 1.0 cannot carry at all (control characters) is left out. */
export function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const carried = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
  return carried
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
