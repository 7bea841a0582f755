/** XML files with the places of their elements, for errors that name file, line and element. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml';
import { ConfigError } from '../../config/config-error.js';

/** A parsed XML file. Comments are blanked out in `bytes`; offsets and lines are those of the file. */
export type XmlSource = {
  readonly file: string;
  readonly bytes: Buffer;
  readonly root: XmlElement;
};

/**
 * Reads and parses an XML file.
 * @throws ConfigError naming the line if it is not well-formed, or the reason why it cannot be read
 */
export function readXml(file: string): XmlSource {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read: ${(error as Error).message}`);
  }
  // MuJoCo's parser lets comments hold "--", which XML forbids and models in the wild have.
  const bare = text.replace(/<!--[^]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  try {
    const { root } = parseXml(bare, { includeOffsets: true, ignoreUndefinedEntities: true });
    if (root === null) throw new ConfigError(file, '', 'holds no XML element');
    return { file, bytes: Buffer.from(bare), root };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const reason = error.message.split(' (line')[0];
    throw new ConfigError(file, `line ${error.line}`, `is not well-formed XML: ${reason}`);
  }
}

/** Line of an element's start tag, from 1. */
export function lineOf({ bytes }: XmlSource, { start }: XmlElement): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < start; at = bytes.indexOf(10, at + 1)) line++;
  return line;
}

/** Where an element is, for an error's key: `line 12 <mesh name="hand">`. */
export function placeOf(source: XmlSource, element: XmlElement): string {
  const name = element.attributes['name'];
  return `line ${lineOf(source, element)} <${element.name}${name === undefined ? '' : ` name="${name}"`}>`;
}

/** An element and all elements in it, in document order. */
export function* elementsIn(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) if (child instanceof XmlElement) yield* elementsIn(child);
}

/** Child elements of that name. */
export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name === name,
  );
}

/** Absolute path of the folder of a file. */
export function folderOf(file: string): string {
  return dirname(resolve(file));
}
