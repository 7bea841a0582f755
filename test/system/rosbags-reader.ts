/** A bag as PyPI's rosbags reads it: an implementation that shares nothing with graft. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { projectFile } from '../../src/config/paths.js';

/** One message: topic, type, log time in ns, CDR in hexadecimal digits, and its fields. */
export type ForeignMessage = [topic: string, type: string, time: string, bytes: string, fields: unknown];

/** Fields come from the definitions in the bag; 64-bit integers and times are plain numbers. */
const script = `
import dataclasses, json, sys
from pathlib import Path
from rosbags.highlevel import AnyReader
def plain(value):
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value) if not (f.name.isupper() or f.name == '__msgtype__')}
    if hasattr(value, 'tolist'):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
with AnyReader([Path(sys.argv[1])]) as bag:
    for connection, time, data in bag.messages():
        fields = plain(bag.deserialize(data, connection.msgtype))
        print(json.dumps([connection.topic, connection.msgtype, str(time), bytes(data).hex(), fields]))
`;

/** Every message of a bag, in the order of log time. */
export function readWithRosbags(bag: string): ForeignMessage[] {
  const own = projectFile('.ros', 'bin', 'python');
  const python = existsSync(own) ? own : 'python3';
  const { status, stdout, stderr } = spawnSync(python, ['-c', script, bag], {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  assert.equal(status, 0, `${python} cannot read ${bag} (npm run setup installs rosbags): ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ForeignMessage);
}

/** A decoded message with the same plain values. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, Number);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}
