/** Which files a model consists of: the XML files that it includes or attaches, meshes, textures, height fields, skins. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { addMjcf } from './mjcf-files.js';
import { addUrdf } from './urdf-files.js';
import { readXml, type XmlSource } from './xml-source.js';

/** Content of files by the absolute path at which MuJoCo looks for them. */
export class ModelFiles {
  readonly contents = new Map<string, Uint8Array>();
  /** The XML files, as read. */
  readonly sources: XmlSource[] = [];
  readonly #models = new Set<string>();

  /** @param packagePaths folders in which packages of package:// are looked for, after the folders around a URDF */
  constructor(readonly packagePaths: readonly string[] = []) {}

  /**
   * Takes in a model's main file, MJCF or URDF, and all that belongs to it.
   * @throws ConfigError if a file is missing, malformed or of a kind that MuJoCo does not read
   */
  addModel(file: string): void {
    if (this.#models.has(file)) return;
    this.#models.add(file);
    if (/\.(mjb|mjz|zip)$/i.test(file))
      throw new ConfigError(file, '', 'is a packed model; give the MJCF (.xml) or URDF it was made of');
    const source = this.addXml(file);
    if (source.root.name === 'mujoco') addMjcf(source, this);
    else if (source.root.name === 'robot') addUrdf(source, this);
    else
      throw new ConfigError(
        file,
        source.root.name,
        'is no model: expected the element <mujoco> (MJCF) or <robot> (URDF)',
      );
  }

  /** Takes in one XML file as it is. */
  addXml(file: string): XmlSource {
    const source = readXml(file);
    this.sources.push(source);
    this.contents.set(file, source.bytes);
    return source;
  }

  /** Takes in one data file. @param places where MuJoCo may look for it */
  addData(file: string, places: readonly string[] = [file]): void {
    let content = this.contents.get(file);
    if (content === undefined) {
      try {
        content = readFileSync(file);
      } catch (error) {
        throw new ConfigError(file, '', `cannot be read: ${(error as Error).message}`);
      }
    }
    for (const place of places)
      if (!existsSync(place) || resolve(place) === resolve(file)) this.contents.set(place, content);
  }
}
