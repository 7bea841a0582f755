/** Replies by what was asked: a question that was answered once is not paid for again. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { readCompletion, type Completion } from './chat.js';

/** Replies that are held in memory; the one that was not used for longest goes first. */
const inMemory = 2000;

/** An entry is a file with the reply's body as the server sent it; it holds neither the images that were sent nor a key. */
export class ReplyCache {
  readonly #recent = new Map<string, Completion>();

  /** @param folder made here if it is not there; undefined: in memory only */
  constructor(private readonly folder: string | undefined) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  }

  /** @param key hexadecimal digest of the request */
  get(key: string): Completion | undefined {
    const kept = this.#recent.get(key) ?? this.#read(key);
    if (kept !== undefined) this.#keep(key, kept);
    return kept;
  }

  /** @param body of which `completion` was read */
  set(key: string, body: string, completion: Completion): void {
    this.#keep(key, completion);
    const file = this.#file(key);
    if (file === undefined) return;
    try {
      writeFileAtomic(file, body);
    } catch {
      // A full disk, or another process that writes the same entry just now: the reply counts all the same.
    }
  }

  #keep(key: string, completion: Completion): void {
    this.#recent.delete(key);
    this.#recent.set(key, completion);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > inMemory) this.#recent.delete(oldest);
  }

  #read(key: string): Completion | undefined {
    const file = this.#file(key);
    if (file === undefined) return undefined;
    try {
      return readCompletion(readFileSync(file, 'utf8'));
    } catch {
      // Not there, or damaged: it is asked for again and overwritten.
      return undefined;
    }
  }

  #file(key: string): string | undefined {
    return this.folder === undefined ? undefined : join(this.folder, `${key}.json`);
  }
}
