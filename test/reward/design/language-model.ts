/** An OpenAI-compatible server that gives prepared replies, one a request; the last one again and again. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export type Reply =
  | { readonly text: string }
  | { readonly status: number; readonly body: string }
  /** never answers */
  | 'silence'
  /** closes the connection */
  | 'hang up';

export type Request = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly model: string; readonly messages: readonly { role: string; content: string }[] };
};

export type LanguageModel = { readonly endpoint: string; readonly requests: readonly Request[] };

/** Runs until the test ends. */
export async function languageModel(
  t: Pick<TestContext, 'after'>,
  ...replies: readonly Reply[]
): Promise<LanguageModel> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (data: Buffer) => (text += data.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as Request['body'];
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      const reply = replies[Math.min(requests.length, replies.length) - 1];
      if (reply === 'silence') return;
      if (reply === 'hang up') return void request.socket.destroy();
      const message = (content: string): string => JSON.stringify({ choices: [{ message: { content } }] });
      const [status, sent] = 'text' in reply ? [200, message(reply.text)] : [reply.status, reply.body];
      response.writeHead(status, { 'content-type': 'application/json' }).end(sent);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests };
}
