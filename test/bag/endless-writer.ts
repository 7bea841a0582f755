/** A process that records until it is killed: `endless-writer <bag> <flush interval, ms>`. */
import { BagWriter } from '../../src/bag/writer.js';
import { countData, countTopic } from './recording.js';

const [directory = '', flushInterval = '100'] = process.argv.slice(2);
const writer = await BagWriter.open(directory, {
  onError: ({ message }) => console.error(message),
  flushInterval: Number(flushInterval),
  chunkBytes: 20_000,
  maxBytes: 400_000,
});
writer.addTopic(countTopic('/count'));
let count = 0;
for (;;) {
  for (let burst = 0; burst < 20; burst += 1, count += 1)
    writer.write('/count', {
      logTime: BigInt(count),
      publishTime: BigInt(count),
      data: countData(count, 500),
    });
  if (count % 400 === 0) {
    await writer.flush();
    // Only after this line may the reader rely on these messages.
    process.stdout.write(`${count}\n`);
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}
