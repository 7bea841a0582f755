import type { OpenBagFile } from './bag-file.js';
import type { BagQos } from './metadata.js';

/** What went wrong while recording. */
export type BagProblem =
  /** The disk is slower than the topics: `dropped` messages so far were not recorded. */
  | { kind: 'back_pressure'; dropped: number; message: string }
  /** Nothing more is recorded; what was flushed before remains readable. Reported once. */
  | { kind: 'write_failed'; error: Error; message: string };

export type BagWriterOptions = {
  /** Called outside of `write`, from the queue, except for back-pressure. Must not throw. */
  onError: (problem: BagProblem) => void;
  /** A new file begins once one has this many bytes; default 2 GiB. */
  maxBytes?: number;
  /** A chunk is sealed at this many bytes; default 768 kB. */
  chunkBytes?: number;
  /** Longest time between two flushes to the disk [ms]; default 500. */
  flushInterval?: number;
  /** Bytes that may wait for the disk before messages are dropped; default 64 MiB. */
  maxQueuedBytes?: number;
  /** Opens each file; default the file system. */
  openFile?: OpenBagFile;
};

export type BagTopic = {
  /** Full topic name, such as `/robot1/action`. */
  name: string;
  /** `pkg/msg/Name`. */
  type: string;
  /** or the text that a bag has for it (`BagReader.declarations`) */
  qos: BagQos | string;
  /** Definition with all it depends on, encoding `ros2msg`. */
  schemaText: string;
  /** REP-2016 `RIHS01_...`, where known. */
  typeHash?: string | undefined;
};

/** One message: times in nanoseconds since the epoch of the recording clock, `data` is CDR. */
export type BagMessage = { logTime: bigint; publishTime: bigint; data: Uint8Array };
