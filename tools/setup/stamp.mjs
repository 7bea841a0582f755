/**
 * Stamps: a small file beside a step's output that holds a digest of the step's inputs. It is written, at once, only
 * after the step ended well, so an interrupted step runs again and a finished one does not.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Every file under a folder, sorted, or nothing where the folder is missing. */
export function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/**
 * Digest of texts and files.
 * @param {string} root paths are taken relative to this folder, so that a digest does not depend on the place
 * @param {{texts?: string[], files?: string[], names?: string[]}} inputs `files` count with their content, `names` only
 *   with their path
 * @returns {string} hexadecimal SHA-256
 */
export function digest(root, { texts = [], files = [], names = [] }) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`text ${text}\0`);
  for (const name of names) hash.update(`name ${relative(root, name)}\0`);
  for (const file of files)
    hash
      .update(`file ${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

/** Whether the stamp file holds this digest. */
export function isFresh(stampFile, value) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === value;
}

/** Writes the stamp so that no reader ever sees half of it. */
export function writeStamp(stampFile, value) {
  mkdirSync(dirname(stampFile), { recursive: true });
  const draft = `${stampFile}.${process.pid}`;
  writeFileSync(draft, value);
  renameSync(draft, stampFile);
}
