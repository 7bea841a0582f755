/** Files that an element of a model names: where they are and whether MuJoCo reads their kind. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type { XmlElement } from '@rgrove/parse-xml';
import { ConfigError } from '../../config/config-error.js';
import { nearestName } from '../../config/nearest.js';
import { placeOf, type XmlSource } from './xml-source.js';

const meshFormats = ['.obj', '.stl', '.msh'];
/** Formats that MuJoCo reads, by element. */
const formats: Readonly<Record<string, readonly string[]>> = {
  mesh: meshFormats,
  flexcomp: [...meshFormats, '.gmsh', '.vtk'],
  texture: ['.png', '.ktx'],
};

/** The first of `places` that is a file. @throws ConfigError naming all of them and the nearest name there is */
export function findFile(
  name: string,
  places: readonly string[],
  source: XmlSource,
  element: XmlElement,
): string {
  const found = places.find((place) => existsSync(place) && statSync(place).isFile());
  if (found !== undefined) return found;
  const tried = [...new Set(places)];
  const near = tried.map((place) => neighbour(place)).find((other) => other !== undefined);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw new ConfigError(
    source.file,
    placeOf(source, element),
    `file ${name} does not exist; tried ${tried.join(', ')}${hint}`,
  );
}

function neighbour(place: string): string | undefined {
  const folder = dirname(place);
  return existsSync(folder) ? nearestName(basename(place), readdirSync(folder)) : undefined;
}

/** @throws ConfigError if MuJoCo has no reader for that kind of file */
export function checkFormat(file: string, source: XmlSource, element: XmlElement): void {
  const known = Object.hasOwn(formats, element.name) ? formats[element.name] : undefined;
  const format = extname(file).toLowerCase();
  if (known === undefined || known.includes(format) || element.attributes['content_type'] !== undefined)
    return;
  throw new ConfigError(
    source.file,
    placeOf(source, element),
    `MuJoCo cannot read ${basename(file)}: expected ${known.join(', ')}. Convert the file and name the converted one`,
  );
}
