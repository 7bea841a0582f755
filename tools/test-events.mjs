/**
 * A reporter for Node's test runner: every event as one line of JSON, with errors as text.
 */
function plain(key, value) {
  if (!(value instanceof Error)) return value;
  const cause = value.cause instanceof Error ? value.cause : value;
  return { failureType: value.failureType, text: cause.stack ?? String(value.cause ?? value) };
}

export default async function* report(source) {
  for await (const event of source) yield `${JSON.stringify(event, plain)}\n`;
}
