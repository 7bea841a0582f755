/** The files that a URDF names, and what MuJoCo must be told to load it with all its links and shapes. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { XmlElement } from '@rgrove/parse-xml';
import { ConfigError } from '../../config/config-error.js';
import { checkFormat, findFile } from './asset-file.js';
import type { ModelFiles } from './model-files.js';
import { childrenNamed, elementsIn, folderOf, placeOf, type XmlSource } from './xml-source.js';

/** MuJoCo's own defaults for a URDF drop visual shapes, merge links of fixed joints and cut folders off mesh names. */
const compiler = '<mujoco><compiler strippath="false" fusestatic="false" discardvisual="false"/></mujoco>';

/**
 * Takes in a URDF and its meshes. `package://NAME/...` and `model://NAME/...` are looked for in the folders above the
 * URDF whose name is NAME or that hold a folder NAME, then in `files.packagePaths`. A URDF with a `<mujoco><compiler>` element of its own keeps it.
 * @throws ConfigError naming file, line and element if a mesh is missing or of a format MuJoCo cannot read
 */
export function addUrdf(source: XmlSource, files: ModelFiles): void {
  const own = childrenNamed(source.root, 'mujoco').flatMap((extension) =>
    childrenNamed(extension, 'compiler'),
  );
  const settings = Object.assign({}, ...own.map(({ attributes }) => attributes)) as Record<string, string>;
  const edits: Edit[] = [];
  for (const element of elementsIn(source.root)) {
    const uri = element.name === 'mesh' ? element.attributes['filename'] : undefined;
    if (uri === undefined) continue;
    if (settings['discardvisual'] === 'true' && isVisual(element)) continue;
    const found = findFile(uri, placesOf(uri, source, settings, files), source, element);
    checkFormat(found, source, element);
    files.addData(found);
    edits.push({ element, from: uri, to: found });
  }
  // Absolute mesh names: MuJoCo does not know package://, and a meshdir does not change them.
  const strips = own.length > 0 && settings['strippath'] !== 'false';
  files.contents.set(source.file, rewritten(source, edits, own.length === 0, strips));
  if (strips) for (const { to } of edits) addStripped(to, source, settings, files);
}

/** Replaces the mesh name `from` of `element` by `to`. */
type Edit = { readonly element: XmlElement; readonly from: string; readonly to: string };

function isVisual(element: XmlElement): boolean {
  for (let at = element.parent; at !== null && 'name' in at; at = at.parent)
    if (at.name === 'visual') return true;
  return false;
}

function placesOf(
  uri: string,
  source: XmlSource,
  settings: Readonly<Record<string, string>>,
  files: ModelFiles,
): string[] {
  const folder = folderOf(source.file);
  const [, name, rest] = /^(?:package|model):\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (name === undefined || rest === undefined) {
    if (uri.startsWith('file://')) return [fileURLToPath(uri)];
    return [resolve(folder, settings['meshdir'] ?? '', uri), resolve(folder, uri)];
  }
  const roots = [...foldersAbove(folder), ...files.packagePaths].flatMap((above) =>
    basename(above) === name ? [above, join(above, name)] : [join(above, name)],
  );
  // A package may lie in a folder of another name; package.xml marks its root.
  const marked = foldersAbove(folder).filter((above) => existsSync(join(above, 'package.xml')));
  return [...roots, ...marked].map((root) => join(root, rest));
}

function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}

/** The URDF with mesh names replaced (unless they are stripped anyway) and, where asked for, settings for MuJoCo. */
function rewritten(source: XmlSource, edits: readonly Edit[], addCompiler: boolean, strips: boolean): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { element, from, to } of strips ? [] : edits) {
    const tag = source.bytes.subarray(element.start, element.end).toString();
    const attribute = /(\sfilename\s*=\s*)("[^"]*"|'[^']*')/;
    if (!attribute.test(tag))
      throw new ConfigError(source.file, placeOf(source, element), `cannot read the filename ${from}`);
    const named = tag.replace(attribute, (_, key: string) => `${key}"${escaped(to)}"`);
    parts.push(source.bytes.subarray(at, element.start), Buffer.from(named));
    at = element.end;
  }
  const end = source.bytes.lastIndexOf('</');
  if (addCompiler && end >= at) {
    parts.push(source.bytes.subarray(at, end), Buffer.from(compiler));
    at = end;
  }
  return Buffer.concat([...parts, source.bytes.subarray(at)]);
}

function escaped(path: string): string {
  return path.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}

/** Puts a mesh where MuJoCo looks once it has cut the folders off its name. */
function addStripped(
  file: string,
  source: XmlSource,
  settings: Readonly<Record<string, string>>,
  files: ModelFiles,
): void {
  const meshes = settings['meshdir'] ?? '';
  const folder = isAbsolute(meshes) ? meshes : resolve(folderOf(source.file), meshes);
  const place = join(folder, basename(file));
  const content = files.contents.get(file);
  if (content === undefined) return;
  const other = files.contents.get(place);
  if (other !== undefined && Buffer.compare(Buffer.from(other), Buffer.from(content)) !== 0)
    throw new ConfigError(
      source.file,
      '<mujoco><compiler>',
      `two meshes are called ${basename(file)}; set strippath="false"`,
    );
  files.contents.set(place, content);
}
