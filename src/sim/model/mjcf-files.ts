/** The files that an MJCF model names, found by MuJoCo's rules. */
import { basename, resolve } from 'node:path';
import type { XmlElement } from '@rgrove/parse-xml';
import { ConfigError } from '../../config/config-error.js';
import { checkFormat, findFile } from './asset-file.js';
import type { ModelFiles } from './model-files.js';
import { elementsIn, folderOf, placeOf, type XmlSource } from './xml-source.js';

/** An element and the file it is in. */
type Located = { readonly source: XmlSource; readonly element: XmlElement };

/** What `compiler` elements say of files; the last one counts. */
type Folders = { mesh: string; texture: string; strip: boolean };

const textureSides = ['fileright', 'fileleft', 'fileup', 'filedown', 'filefront', 'fileback'];

/**
 * Takes in the files of an MJCF model: those it includes (looked for beside the main file, then beside the including
 * one), models it attaches, and its assets under `meshdir`, `texturedir` or `assetdir`.
 * @throws ConfigError naming file, line and element if one is missing, of a format MuJoCo cannot read, or included twice
 */
export function addMjcf(main: XmlSource, files: ModelFiles): void {
  const elements = [...withIncludes(main, folderOf(main.file), files, new Set())];
  const folders: Folders = { mesh: '', texture: '', strip: false };
  for (const { element } of elements) if (element.name === 'compiler') readCompiler(element, folders);
  for (const located of elements) addReferences(located, folders, folderOf(main.file), files);
}

/** All elements of the model in document order, with those of included files where the include is. */
function* withIncludes(
  source: XmlSource,
  mainFolder: string,
  files: ModelFiles,
  included: Set<string>,
): Generator<Located> {
  for (const element of elementsIn(source.root)) {
    const name = element.name === 'include' ? element.attributes['file'] : undefined;
    if (name === undefined) {
      yield { source, element };
      continue;
    }
    const path = findFile(
      name,
      [resolve(mainFolder, name), resolve(folderOf(source.file), name)],
      source,
      element,
    );
    if (included.has(path))
      throw new ConfigError(
        source.file,
        placeOf(source, element),
        `${name} is included a second time; MuJoCo includes a file once`,
      );
    included.add(path);
    yield* withIncludes(files.addXml(path), mainFolder, files, included);
  }
}

function readCompiler({ attributes }: XmlElement, folders: Folders): void {
  const { assetdir, meshdir, texturedir, strippath } = attributes;
  if (assetdir !== undefined) folders.mesh = folders.texture = assetdir;
  if (meshdir !== undefined) folders.mesh = meshdir;
  if (texturedir !== undefined) folders.texture = texturedir;
  if (strippath !== undefined) folders.strip = strippath === 'true';
}

function addReferences(
  { source, element }: Located,
  { mesh, texture, strip }: Folders,
  mainFolder: string,
  files: ModelFiles,
): void {
  const around = [mainFolder, folderOf(source.file)];
  const { name, attributes } = element;
  if (name === 'model') {
    const file = attributes['file'];
    if (file === undefined) return;
    const places = around.map((folder) => resolve(folder, file));
    const found = findFile(file, places, source, element);
    files.addModel(found);
    return;
  }
  const keys = name === 'texture' ? ['file', ...textureSides] : isAsset(name) ? ['file'] : [];
  for (const key of keys) {
    const given = attributes[key];
    if (given === undefined || given === '') continue;
    const file = strip ? basename(given) : given;
    const places = around.map((folder) => resolve(folder, name === 'texture' ? texture : mesh, file));
    const found = findFile(file, places, source, element);
    checkFormat(found, source, element);
    files.addData(found, places);
  }
}

function isAsset(name: string): boolean {
  return name === 'mesh' || name === 'hfield' || name === 'skin' || name === 'flexcomp';
}
