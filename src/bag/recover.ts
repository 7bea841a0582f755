import { open } from 'node:fs/promises';

import { openMcapSource } from './mcap-source.js';
import { writeMetadataFile, type BagContent } from './metadata.js';
import { bagFiles, BagReader, type BagReaderOptions } from './reader.js';

/**
 * Rebuilds `metadata.yaml` of a bag whose recorder was killed, from what its files hold. The files are not changed:
 * graft reads them as they are, other readers may want `recoverBag`.
 * @returns what was written.
 * @throws Error when `directory` has no MCAP file.
 */
export async function recoverMetadata(
  directory: string,
  options: BagReaderOptions = {},
): Promise<BagContent> {
  const reader = await BagReader.open(directory, options);
  try {
    const content = reader.content();
    await writeMetadataFile(directory, content);
    return content;
  } finally {
    await reader.close();
  }
}

/**
 * Makes a bag whose recorder was killed complete for every MCAP reader: cuts the torn record at the end of each file
 * that was not closed, appends the missing summary, and rebuilds `metadata.yaml`. Must not run while the bag is recorded.
 * @returns what `metadata.yaml` says now.
 * @throws Error when `directory` has no MCAP file or a file cannot be written.
 */
export async function recoverBag(directory: string, options: BagReaderOptions = {}): Promise<BagContent> {
  const content = await recoverMetadata(directory, options);
  for (const file of await bagFiles(directory)) await completeFile(file);
  return content;
}

async function completeFile(file: string): Promise<void> {
  const source = await openMcapSource(file);
  await source?.close();
  if (source?.completion === undefined) return;
  const { goodBytes, closing } = source.completion;
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(Number(goodBytes));
    for (let written = 0; written < closing.byteLength;) {
      const position = Number(goodBytes) + written;
      written += (await handle.write(closing, written, closing.byteLength - written, position)).bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
